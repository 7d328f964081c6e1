package org.portafilter.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The README's program, the guide's snippets and the scripts run as they stand. */
@Tag("unit")
@Tag("slow")
class DocumentsTest {
  private static final Path ROOT = Path.of(System.getProperty("portafilter.root"));
  private static final Pattern BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

  private static List<String> blocks(Path page) throws IOException {
    List<String> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(Files.readString(page));
    while (matcher.find()) {
      blocks.add(matcher.group(1));
    }
    return blocks;
  }

  /** Runs one source file in a folder of its own, and returns what it printed. */
  private static String run(Path source, Path folder) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                List.of(
                    System.getProperty("java.home")
                        + File.separator
                        + "bin"
                        + File.separator
                        + "java",
                    "-cp",
                    System.getProperty("java.class.path"),
                    source.toString()))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), "it ends");
    assertEquals(0, process.exitValue(), output);
    return output;
  }

  @Test
  void theReadmesProgram(@TempDir Path folder) throws IOException, InterruptedException {
    String page = blocks(ROOT.resolve("README.md")).get(0);
    String output = run(Files.writeString(folder.resolve("FirstNetwork.java"), page), folder);
    double accuracy =
        Double.parseDouble(
            output.lines().filter(l -> l.startsWith("0.")).findFirst().orElseThrow());
    assertTrue(accuracy > 0.97, output);
    assertTrue(Files.exists(folder.resolve("lenet.safetensors")), output);
  }

  static Stream<Path> guide() throws IOException {
    try (Stream<Path> pages = Files.list(ROOT.resolve("docs"))) {
      return pages
          .filter(page -> page.getFileName().toString().matches("[0-9]-.*\\.md"))
          .sorted()
          .toList()
          .stream();
    }
  }

  /** The blocks of a page, one after another, are the body of one program. */
  @ParameterizedTest
  @MethodSource("guide")
  void thePagesOfTheGuide(Path page, @TempDir Path folder)
      throws IOException, InterruptedException {
    StringBuilder program = new StringBuilder("import java.nio.file.*;\nimport java.util.*;\n");
    Rooms.read()
        .exported()
        .forEach(room -> program.append("import org.portafilter." + room + ".*;\n"));
    program.append("class Page {\n  public static void main(String[] args) throws Exception {\n");
    List<String> blocks = blocks(page);
    assertTrue(blocks.size() >= 3, page + " has " + blocks.size() + " blocks");
    blocks.forEach(program::append);
    program.append("  }\n}\n");
    String output = run(Files.writeString(folder.resolve("Page.java"), program), folder);
    System.out.println("docs/" + page.getFileName() + " prints:\n" + output.indent(4));
  }

  static Stream<Path> scripts() throws IOException {
    try (Stream<Path> scripts = Files.list(ROOT.resolve("examples"))) {
      return scripts.filter(file -> file.toString().endsWith(".java")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void theScripts(Path script, @TempDir Path folder) throws IOException, InterruptedException {
    String output = run(script, folder);
    assertTrue(output.contains("accuracy"), output);
  }
}
