package dev.strait.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Plays one table of scenarios with two peers in two processes, in each pairing of Java and C: what holds in one language
 * holds in the other. Where both are Java, nobody who is not woken looks again by himself.
 */
public final class PairingTable implements AutoCloseable {
    private static final Pattern VARIABLE = Pattern.compile("\\$[a-z]+");

    private final String resource;
    private final String actors;
    private final String program;
    private final Class<?> main;
    private final Map<Character, Extra> extras;

    /** Kept over the scenarios, because a JVM takes long to start. */
    private final Map<String, PeerProcess> peers = new HashMap<>();

    /** An actor that is no peer, but the test itself. */
    @FunctionalInterface
    public interface Extra {
        /** Carries out one command in the scenario's directory. */
        String carryOut(Path directory, String[] words) throws IOException;
    }

    private enum Language {
        JAVA("Java"),
        C("C");

        private final String name;

        Language(String name) {
            this.name = name;
        }
    }

    private record Pairing(Language first, Language second) {
        /** Whether who is not woken shall not be saved by looking again: of Java, whose wake-ups are its own. */
        boolean isWithoutNaps() {
            return first == Language.JAVA && second == Language.JAVA;
        }

        @Override
        public String toString() {
            return first.name + "→" + second.name;
        }
    }

    /**
     * A table.
     *
     * @param resource where the scenarios are
     * @param actors the letters of the two peers
     * @param program the peer in C
     * @param main the peer in Java
     * @param extras other actors
     */
    public PairingTable(String resource, String actors, String program, Class<?> main, Map<Character, Extra> extras) {
        this.resource = resource;
        this.actors = actors;
        this.program = program;
        this.main = main;
        this.extras = extras;
    }

    /** What is played. */
    public List<Scenario> scenarios() {
        return Scenario.all(resource);
    }

    /** Each scenario in each pairing. */
    public Stream<DynamicTest> tests() {
        return Stream.of(
                        new Pairing(Language.JAVA, Language.JAVA),
                        new Pairing(Language.C, Language.C),
                        new Pairing(Language.JAVA, Language.C),
                        new Pairing(Language.C, Language.JAVA))
                .flatMap(pairing -> scenarios().stream().map(scenario -> test(pairing, scenario)));
    }

    /** Ends the peers. */
    @Override
    public void close() throws IOException {
        for (PeerProcess peer : peers.values()) {
            peer.close();
        }
        peers.clear();
    }

    private DynamicTest test(Pairing pairing, Scenario scenario) {
        String name = pairing + ": " + scenario.name();
        URI source = URI.create("classpath:" + resource + "?line=" + scenario.line());
        return DynamicTest.dynamicTest(name, source, () -> new Run(pairing).play(scenario));
    }

    /** One scenario in one pairing, in a directory of its own. */
    private final class Run {
        private final Pairing pairing;
        private final Path directory;
        private final Map<String, String> variables = new HashMap<>();

        Run(Pairing pairing) throws IOException {
            this.pairing = pairing;
            this.directory = InSharedMemory.create();
        }

        void play(Scenario scenario) throws IOException, InterruptedException {
            boolean over = false;
            try {
                reset(actors.charAt(0));
                reset(actors.charAt(1));
                for (Scenario.Step step : scenario.steps()) {
                    play(step);
                }
                over = true;
            } finally {
                if (!over) { // who knows what they are doing
                    kill(actors.charAt(0));
                    kill(actors.charAt(1));
                }
                deleteDirectory();
            }
        }

        private void play(Scenario.Step step) throws IOException, InterruptedException {
            String reply;
            try {
                reply = carryOut(step.actor(), substitute(step.command()));
            } catch (AssertionError e) {
                throw new AssertionError(step + ": " + e.getMessage(), e);
            }
            bind(step.reply(), reply);
            assertThat(reply).as(step.toString()).isEqualTo(substitute(step.reply()));
        }

        private String carryOut(char actor, String command) throws IOException, InterruptedException {
            if (extras.containsKey(actor)) {
                return extras.get(actor).carryOut(directory, command.split(" "));
            }
            if (command.equals("die")) {
                kill(actor);
                reset(actor);
                return "gone";
            }
            return peer(actor).ask(command);
        }

        private void reset(char actor) throws IOException, InterruptedException {
            assertThat(peer(actor).ask("reset " + directory)).isEqualTo("ok");
        }

        private Language languageOf(char actor) {
            return actor == actors.charAt(0) ? pairing.first : pairing.second;
        }

        private PeerProcess peer(char actor) throws IOException {
            PeerProcess peer = peers.get(keyOf(actor));
            if (peer == null || !peer.isAlive()) {
                peer = start(languageOf(actor));
                peers.put(keyOf(actor), peer);
            }
            return peer;
        }

        private PeerProcess start(Language language) throws IOException {
            if (language == Language.C) {
                return PeerProcess.startC(program);
            }
            return pairing.isWithoutNaps() ? PeerProcess.startJavaWithoutNaps(main) : PeerProcess.startJava(main);
        }

        private String keyOf(char actor) {
            return actor + languageOf(actor).name + (pairing.isWithoutNaps() ? " without naps" : "");
        }

        private void kill(char actor) throws IOException, InterruptedException {
            PeerProcess peer = peers.remove(keyOf(actor));
            if (peer != null) {
                peer.kill();
                peer.close();
            }
        }

        /** If the reply is as expected, variables that stand there for the first time get the words that came. */
        private void bind(String expected, String reply) {
            List<String> names = new ArrayList<>();
            StringBuilder form = new StringBuilder();
            int end = 0;
            for (Matcher variable = VARIABLE.matcher(expected); variable.find(); end = variable.end()) {
                names.add(variable.group());
                form.append(Pattern.quote(expected.substring(end, variable.start())))
                        .append("([^ :]+)");
            }
            form.append(Pattern.quote(expected.substring(end)));
            Matcher values = Pattern.compile(form.toString()).matcher(reply);
            for (int i = 0; values.matches() && i < names.size(); i++) {
                variables.putIfAbsent(names.get(i), values.group(i + 1));
            }
        }

        private String substitute(String text) {
            return VARIABLE.matcher(text)
                    .replaceAll(
                            found -> Matcher.quoteReplacement(variables.getOrDefault(found.group(), found.group())));
        }

        private void deleteDirectory() throws IOException {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }
}
