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

/**
 * No text of this library depends on the language of the system: names of files, JSON and messages
 * have the same digits everywhere. {@code formatted}, which takes no locale, may therefore have
 * {@code %s} alone; all else goes through {@code String.format(Locale.ROOT, ...)}.
 */
@Tag("unit")
class LocaleRuleTest {
  private static final Path ROOT = Path.of(System.getProperty("portafilter.root"));
  private static final List<String> SOURCES =
      List.of("native/src/main/java", "java-api", "tests/src/main/java", "benchmarks");

  private static final String TEXT = "(?:\"\"\"(?s:.*?)\"\"\"|\"(?:[^\"\\\\\\n]|\\\\.)*\")";

  /** A conversion whose digits, separators or names are those of a locale. */
  private static final Pattern LOCAL =
      Pattern.compile("%(?:\\d+\\$)?[-#+ 0,(<]*\\d*(?:\\.\\d+)?[deEfgGaAtT]");

  private static final Pattern FORMATTED = Pattern.compile("(" + TEXT + ")?\\s*\\.formatted\\(");
  private static final Pattern FORMAT =
      Pattern.compile("(?:String\\.format|\\.printf|out\\.format|err\\.format)\\((?!\\s*Locale)");
  private static final Pattern OTHER =
      Pattern.compile(
          "to(?:Lower|Upper)Case\\(\\)|NumberFormat\\.get\\w*\\(\\)|new (?:DecimalFormat|Formatter"
              + "|Scanner|SimpleDateFormat|MessageFormat)\\(|MessageFormat\\.format"
              + "|DateTimeFormatter\\.ofPattern\\([^,)]*\\)");

  /** What breaks the rule in a source, with its line. */
  private static List<String> breaches(String name, String source) {
    List<String> breaches = new ArrayList<>();
    for (Matcher m = FORMATTED.matcher(source); m.find(); ) {
      if (m.group(1) == null || LOCAL.matcher(m.group(1)).find()) {
        breaches.add(at(name, source, m.end()) + "formatted with more than %s");
      }
    }
    for (Pattern pattern : List.of(FORMAT, OTHER)) {
      for (Matcher m = pattern.matcher(source); m.find(); ) {
        breaches.add(at(name, source, m.end()) + m.group() + " without a locale");
      }
    }
    return breaches;
  }

  private static String at(String name, String source, int end) {
    return name + ":" + source.substring(0, end).lines().count() + ": ";
  }

  @Test
  void theSourcesKeepIt() throws IOException {
    List<String> breaches = new ArrayList<>();
    int seen = 0;
    for (String folder : SOURCES) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
        for (Path file : files.filter(LocaleRuleTest::isSource).toList()) {
          String name = ROOT.relativize(file).toString();
          breaches.addAll(breaches(name, Files.readString(file)));
          seen++;
        }
      }
    }
    assertTrue(seen > 200, seen + " sources found");
    assertEquals(List.of(), breaches, () -> "\n" + String.join("\n", breaches));
  }

  private static boolean isSource(Path file) {
    String path = file.toString();
    return path.endsWith(".java") && path.contains("/src/main/");
  }

  @Test
  void theRuleSeesWhatItForbids() {
    for (String source :
        List.of(
            "\"%d\".formatted(1)",
            "\"a %04d\" + \"%s, %,d\"\n    .formatted(1)",
            "\"\"\"\n  %.2f\"\"\"\n.formatted(1)",
            "PATTERN.formatted(1)",
            "String.format(\"%d\", 1)",
            "out.printf(\n  \"%d\", 1)",
            "name.toLowerCase()",
            "new DecimalFormat(\"0.0\")")) {
      assertEquals(1, breaches("", source).size(), source);
    }
    for (String source :
        List.of(
            "\"%s%%%n\".formatted(1)",
            "String.format(Locale.ROOT, \"%d\", 1)",
            "out.printf(\n  Locale.ROOT, \"%d\", 1)",
            "name.toLowerCase(Locale.ROOT)",
            "\"0x%08x\".formatted(1)")) {
      assertEquals(List.of(), breaches("", source), source);
    }
  }
}
