package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/** JVMs whose locale knows nothing but ASCII, or that lack modules. */
@Tag("natives")
class ImageOtherJvmTest {
  private static final Shape SHAPE = Shape.of(1, 2, 2);

  /** In the other JVM: prints the classes and the pixels, or what the library answers. */
  public static void main(String[] args) {
    try {
      ImageFolder images = ImageFolder.read(Path.of(args[0]), SHAPE, Fit.EXACT);
      System.out.print(escaped(images.classes() + " " + images.dataset().image(0)[1]));
    } catch (PortafilterException e) {
      System.out.print(escaped(e.getMessage()));
    }
  }

  private static String escaped(String text) {
    return text.chars()
        .mapToObj(c -> c < 128 ? String.valueOf((char) c) : "<%x>".formatted(c))
        .collect(Collectors.joining());
  }

  private static List<Path> javaHomes() throws IOException {
    List<Path> homes = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"))));
    Path installed = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(installed)) {
      try (Stream<Path> found = Files.list(installed)) {
        found
            .filter(home -> !Files.isSymbolicLink(home) && Files.exists(home.resolve("bin/java")))
            .filter(home -> !home.equals(homes.get(0)))
            .forEach(homes::add);
      }
    }
    return homes;
  }

  private static String run(Map<String, String> locale, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    builder.environment().putAll(locale);
    Process process = builder.start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    process.waitFor();
    return output;
  }

  /**
   * A folder of one class with one image; the names are printf's, so that any bytes are possible.
   */
  private static String folder(Path parent, String name, String classes, String image)
      throws IOException, InterruptedException {
    Path png = parent.resolve(name + ".png");
    ImageFile.write(png, new byte[] {1, 77, 3, 4}, SHAPE);
    String root = parent.resolve(name).toString();
    String script =
        "d=\"$1/$(printf '%s')\"; mkdir -p \"$d\" && cp \"$2\" \"$d/$(printf '%s')\""
            .formatted(classes, image);
    assertEquals("", run(Map.of(), "sh", "-c", script, "sh", root, png.toString()));
    return root;
  }

  @TestFactory
  Stream<DynamicTest> filesOfAnyNameAreRead(@TempDir Path parent)
      throws IOException, InterruptedException {
    String utf8 = folder(parent, "utf8", "caf\\303\\251", "\\346\\227\\245.png");
    String odd = folder(parent, "odd", "cat", "\\351.png");
    String latin = folder(parent, "latin", "caf\\351", "1.png");
    List<DynamicTest> tests = new ArrayList<>();
    for (Path home : javaHomes()) {
      for (Map<String, String> locale :
          List.of(Map.<String, String>of(), Map.of("LC_ALL", "C"), Map.of("LC_ALL", "C.UTF-8"))) {
        tests.add(
            DynamicTest.dynamicTest(
                home.getFileName() + " " + locale,
                () -> {
                  assertEquals("[caf<e9>] 77", read(home, locale, utf8));
                  assertEquals("[cat] 77", read(home, locale, odd));
                  String answer = read(home, locale, latin);
                  assertTrue(
                      answer.contains("caf<fffd>") && answer.contains("LC_ALL=C.UTF-8"), answer);
                }));
      }
    }
    return tests.stream();
  }

  @Test
  void aMissingModuleIsNamed(@TempDir Path parent) throws IOException, InterruptedException {
    String root = folder(parent, "plain", "cat", "1.png");
    Path home = Path.of(System.getProperty("java.home"));
    String answer = read(home, Map.of(), root, "--limit-modules", "java.base");
    assertTrue(answer.contains("1.png") && answer.contains("java.desktop"), answer);
  }

  private static String read(Path home, Map<String, String> locale, String root, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(home.resolve("bin/java").toString()));
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-Djava.awt.headless=false",
            "-Djava.io.tmpdir=/proc",
            "-cp",
            System.getProperty("java.class.path"),
            ImageOtherJvmTest.class.getName(),
            root));
    return run(locale, command.toArray(String[]::new));
  }
}
