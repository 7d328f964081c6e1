package org.portafilter.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every public type, method and constructor says what it is for, where a package is exported. */
@Tag("unit")
class JavadocTest {
  private static final Path ROOT = Path.of(System.getProperty("portafilter.root"));
  private static final Pattern PUBLIC =
      Pattern.compile("^( {0,4})(public |protected ).*[({]\\s*$|^( {2})public .*\\(.*");

  /** What lies in a public interface is public without the word. */
  private static final Pattern INTERFACE =
      Pattern.compile("^public (sealed )?interface .*", Pattern.MULTILINE);

  private static final Pattern NESTED =
      Pattern.compile("^ {2}(sealed )?(record|enum|interface|class) .*");

  private static final Pattern INSIDE = Pattern.compile("/target/|/device/cpu/|/device/cuda/");

  @Test
  void nothingPublicIsWithoutAComment() throws IOException {
    List<String> silent = new ArrayList<>();
    int seen = 0;
    try (Stream<Path> files = Files.walk(ROOT.resolve("java-api"))) {
      for (Path file : files.filter(JavadocTest::isExported).toList()) {
        boolean isInterface = INTERFACE.matcher(Files.readString(file)).find();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
          String line = lines.get(i);
          if (PUBLIC.matcher(line).matches() || isInterface && NESTED.matcher(line).matches()) {
            seen++;
            if (!isCommented(lines, i)) {
              silent.add(file.getFileName() + ":" + (i + 1) + " " + line.strip());
            }
          }
        }
      }
    }
    assertTrue(seen > 500, seen + " public members");
    assertEquals(List.of(), silent);
  }

  private static boolean isExported(Path file) {
    return file.toString().endsWith(".java") && !INSIDE.matcher(file.toString()).find();
  }

  /** Whether there is a comment above the annotations, or one of these is that of an override. */
  private static boolean isCommented(List<String> lines, int member) {
    for (int above = member - 1; above >= 0; above--) {
      String line = lines.get(above).strip();
      if (line.endsWith("*/") || line.equals("@Override")) {
        return true;
      }
      if (line.isEmpty() || line.endsWith(";") || line.endsWith("{") || line.endsWith("}")) {
        return false;
      }
    }
    return false;
  }
}
