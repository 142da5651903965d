package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs one table of scenarios with a writer and a reader in two processes, in each pairing of Java and C: what holds in
 * one language holds in the other.
 */
final class RingPairingTest {
    private static final Pattern VARIABLE = Pattern.compile("\\$[a-z]+");

    /** Kept over the scenarios, because a JVM takes long to start. */
    private static final Map<String, PeerProcess> PEERS = new HashMap<>();

    private enum Language {
        JAVA("Java"),
        C("C");

        private final String name;

        Language(String name) {
            this.name = name;
        }

        PeerProcess start() throws IOException {
            return this == JAVA ? PeerProcess.startJava() : PeerProcess.startC();
        }
    }

    /** The languages of W, who writes unless the scenario says otherwise, and R. */
    private record Pairing(Language writer, Language reader) {
        Language of(char actor) {
            return actor == 'W' ? writer : reader;
        }

        @Override
        public String toString() {
            return writer.name + "→" + reader.name;
        }
    }

    @AfterAll
    static void endPeers() throws IOException {
        for (PeerProcess peer : PEERS.values()) {
            peer.close();
        }
        PEERS.clear();
    }

    @TestFactory
    Stream<DynamicTest> scenarios() {
        return Stream.of(
                        new Pairing(Language.JAVA, Language.JAVA),
                        new Pairing(Language.C, Language.C),
                        new Pairing(Language.JAVA, Language.C),
                        new Pairing(Language.C, Language.JAVA))
                .flatMap(pairing -> Scenario.all().stream().map(scenario -> test(pairing, scenario)));
    }

    @Test
    void the_table_has_its_scenarios() {
        assertThat(Scenario.all()).hasSizeGreaterThan(30).allSatisfy(scenario -> assertThat(scenario.steps())
                .isNotEmpty());
    }

    private static DynamicTest test(Pairing pairing, Scenario scenario) {
        String name = pairing + ": " + scenario.name();
        URI source = URI.create("classpath:" + Scenario.RESOURCE + "?line=" + scenario.line());
        return DynamicTest.dynamicTest(name, source, () -> new Run(pairing).play(scenario));
    }

    /** One scenario in one pairing, in a directory of its own. */
    private static final class Run {
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
                reset('W');
                reset('R');
                for (Scenario.Step step : scenario.steps()) {
                    play(step);
                }
                over = true;
            } finally {
                if (!over) { // who knows what they are doing
                    kill('W');
                    kill('R');
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
            if (actor == 'V') {
                return vandalise(command.split(" "));
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

        private PeerProcess peer(char actor) throws IOException {
            String key = actor + pairing.of(actor).name;
            PeerProcess peer = PEERS.get(key);
            if (peer == null || !peer.isAlive()) {
                peer = pairing.of(actor).start();
                PEERS.put(key, peer);
            }
            return peer;
        }

        private void kill(char actor) throws IOException, InterruptedException {
            PeerProcess peer = PEERS.remove(actor + pairing.of(actor).name);
            if (peer != null) {
                peer.kill();
                peer.close();
            }
        }

        /** "NAME tail|cursor VALUE", "NAME length POSITION VALUE". */
        private String vandalise(String[] words) throws IOException {
            try (Vandal vandal = new Vandal(directory.resolve(words[0]))) {
                switch (words[1]) {
                    case "tail" -> vandal.putTail(Long.parseLong(words[2]));
                    case "cursor" -> vandal.putCursor(Long.parseLong(words[2]));
                    case "length" -> vandal.putLength(Integer.parseInt(words[2]), Integer.parseInt(words[3]));
                    default -> fail("no " + words[1]);
                }
            }
            return "ok";
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
