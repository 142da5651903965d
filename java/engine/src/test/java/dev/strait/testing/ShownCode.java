package dev.strait.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The blocks of code that a package's documentation shows, as a program that runs one of them. */
public final class ShownCode {
    private static final Pattern BLOCK = Pattern.compile("<pre>\\{@code\\n(.*?) \\* \\}</pre>", Pattern.DOTALL);

    private final Path classes;

    private ShownCode(Path classes) {
        this.classes = classes;
    }

    /**
     * Compiles what {@code dev.strait.<name>} shows.
     *
     * @param imports without the keyword and the semicolon
     * @param blocks what the blocks are called
     */
    public static ShownCode compile(String name, Path classes, List<String> imports, String... blocks)
            throws IOException {
        List<String> shown = blocksOf("java/engine/src/main/java/dev/strait/" + name + "/package-info.java");
        assertThat(shown).hasSize(blocks.length);
        StringBuilder text = new StringBuilder();
        imports.forEach(each -> text.append("import ").append(each).append(";\n"));
        text.append("class Shown {\n");
        for (int i = 0; i < blocks.length; i++) {
            text.append("static void ").append(blocks[i]).append("() throws Exception {\n");
            text.append(shown.get(i)).append("}\n");
        }
        text.append("public static void main(String[] which) throws Exception {\nswitch (which[0]) {\n");
        for (String block : blocks) {
            text.append("case \"").append(block).append("\" -> ").append(block).append("();\n");
        }
        text.append("default -> throw new AssertionError(which[0]);\n}\nSystem.out.println(\"done\");\n}\n}\n");
        Path source = Files.writeString(classes.resolve("Shown.java"), text);
        String[] options = {
            "-d", classes.toString(), "-cp", Jvm.packagedEngine().toString()
        };
        assertThat(Compile.java(options, source)).isEmpty();
        return new ShownCode(classes);
    }

    private static List<String> blocksOf(String file) throws IOException {
        return BLOCK.matcher(Files.readString(Compile.source(file)))
                .results()
                .map((MatchResult block) -> block.group(1).replaceAll("(?m)^ \\* ?", ""))
                .toList();
    }

    /** Runs a block whose name is the argument; its segments are in {@code directory}. */
    public Jvm in(Path directory) {
        return Jvm.of("Shown").classPath(Jvm.packagedEngine(), classes).option("-Ddev.strait.dir=" + directory);
    }
}
