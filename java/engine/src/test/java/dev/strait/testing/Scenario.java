package dev.strait.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A scenario of a scenarios.txt, each of which says how to read it.
 *
 * @param name a sentence
 * @param line where it begins
 * @param steps what happens
 */
public record Scenario(String name, int line, List<Step> steps) {
    private static final String GIVEN = "given ";
    private static final Pattern STEP = Pattern.compile("([A-Z])> (.+?) = (.+)");

    /**
     * One exchange.
     *
     * @param line where it stands
     * @param actor a letter
     * @param command what is sent
     * @param reply what is to come back
     */
    public record Step(int line, char actor, String command, String reply) {
        @Override
        public String toString() {
            return "line " + line + ": " + actor + "> " + command + " = " + reply;
        }
    }

    /** All scenarios, in their order; those that others begin with are not among them. */
    public static List<Scenario> all(String from) {
        Map<String, Scenario> read = new LinkedHashMap<>();
        try (InputStream resource = Scenario.class.getResourceAsStream(from)) {
            BufferedReader text = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8));
            Scenario current = null;
            int number = 0;
            for (String line = text.readLine(); line != null; line = text.readLine()) {
                number++;
                if (line.startsWith(" ")) {
                    current.steps().addAll(read(read, line.strip(), number));
                } else if (!line.isEmpty() && !line.startsWith("#")) {
                    current = new Scenario(line, number, new ArrayList<>());
                    if (read.put(line, current) != null) {
                        throw new IllegalArgumentException("line " + number + ": again \"" + line + "\"");
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return read.values().stream()
                .filter(scenario -> !scenario.name.startsWith(GIVEN))
                .toList();
    }

    private static List<Step> read(Map<String, Scenario> earlier, String line, int number) {
        if (line.startsWith(GIVEN)) {
            return Objects.requireNonNull(earlier.get(line), line).steps();
        }
        Matcher step = STEP.matcher(line);
        if (!step.matches()) {
            throw new IllegalArgumentException("line " + number + " is no step: " + line);
        }
        return List.of(new Step(number, step.group(1).charAt(0), step.group(2), step.group(3)));
    }
}
