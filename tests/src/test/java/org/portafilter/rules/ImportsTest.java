package org.portafilter.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Code names classes shortly and imports them; two classes of one name do not meet in a file. */
@Tag("unit")
class ImportsTest {
  private static final Path ROOT = Path.of(System.getProperty("portafilter.root"));
  private static final Pattern NO_CODE =
      Pattern.compile(
          "(?s)/\\*.*?\\*/|//[^\\n]*|\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])'");
  private static final Pattern LONG_NAME =
      Pattern.compile("(?<![\\w.])(?:java|javax|org\\.portafilter)(?:\\.[a-z]\\w*)+\\.[A-Z]\\w*");

  @Test
  void codeNamesNoPackages() throws IOException {
    List<String> found = new ArrayList<>();
    int files = 0;
    for (String folder : List.of("java-api", "native/src", "benchmarks/src", "tests/src")) {
      try (Stream<Path> paths = Files.walk(ROOT.resolve(folder))) {
        for (Path path : paths.filter(p -> p.toString().endsWith(".java")).toList()) {
          if (!path.toString().contains("/target/")) {
            files++;
            look(path, found);
          }
        }
      }
    }
    assertEquals(List.of(), found);
    assertTrue(files > 300, "files: " + files);
  }

  private static void look(Path path, List<String> found) throws IOException {
    String code = NO_CODE.matcher(Files.readString(path)).replaceAll("");
    for (String line : code.lines().toList()) {
      Matcher name = LONG_NAME.matcher(line);
      if (!line.startsWith("import ") && name.find()) {
        found.add(ROOT.relativize(path) + ": " + name.group());
      }
    }
  }
}
