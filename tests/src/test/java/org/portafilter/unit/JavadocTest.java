package org.portafilter.unit;

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

/** Every public type, method and constructor says what it is for. */
@Tag("unit")
class JavadocTest {
  private static final Path ROOT = Path.of(System.getProperty("portafilter.root"));
  private static final Pattern PUBLIC =
      Pattern.compile("^( {0,4})(public |protected ).*[({]\\s*$|^( {2})public .*\\(.*");

  @Test
  void nothingPublicIsWithoutAComment() throws IOException {
    List<String> silent = new ArrayList<>();
    int seen = 0;
    try (Stream<Path> files = Files.walk(ROOT.resolve("java-api"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        if (file.toString().contains("/target/") || file.toString().contains("/device/cpu/")) {
          continue;
        }
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
          if (PUBLIC.matcher(lines.get(i)).matches()) {
            seen++;
            int above = i - 1;
            boolean overrides = false;
            while (above >= 0 && lines.get(above).strip().startsWith("@")) {
              overrides |= lines.get(above).strip().equals("@Override");
              above--;
            }
            if (!overrides && (above < 0 || !lines.get(above).strip().endsWith("*/"))) {
              silent.add(file.getFileName() + ":" + (i + 1) + " " + lines.get(i).strip());
            }
          }
        }
      }
    }
    assertTrue(seen > 500, seen + " public members");
    assertEquals(List.of(), silent);
  }
}
