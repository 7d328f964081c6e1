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

/** Files stop at 500 lines and functions at 60; what is long without need is cut in two. */
@Tag("unit")
class SizesTest {
  private static final int MOST_FILE = 500;
  private static final int MOST_FUNCTION = 60;

  private static final List<String> FOLDERS =
      List.of("native", "java-api", "tests", "benchmarks", "examples");
  private static final Pattern SOURCE = Pattern.compile(".*\\.(java|cpp|h|cu|cuh)$");

  /** What has a body and is no function. */
  private static final Pattern TYPE =
      Pattern.compile(
          ".*\\b(class|interface|@interface|record|enum|struct|union|namespace|extern \"C\")\\b.*");

  private record Length(String where, int lines) {
    @Override
    public String toString() {
      return where + " (" + lines + ")";
    }
  }

  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String folder : FOLDERS) {
      try (Stream<Path> files = Files.walk(Rooms.ROOT.resolve(folder))) {
        files
            .filter(file -> SOURCE.matcher(file.toString()).matches())
            .filter(file -> !file.toString().contains("/target/"))
            .forEach(sources::add);
      }
    }
    return sources;
  }

  private static int indentation(String line) {
    return line.length() - line.stripLeading().length();
  }

  /** Functions by the formatters' rule: what begins and ends at one depth, a brace at its end. */
  private static List<Length> functions(Path file) throws IOException {
    List<Length> functions = new ArrayList<>();
    List<String> lines = Files.readAllLines(file);
    for (int end = 0; end < lines.size(); end++) {
      String line = lines.get(end);
      int depth = indentation(line);
      boolean ends = line.strip().equals("}") && depth <= 4;
      int begin = end - 1;
      while (ends && begin >= 0 && !(begins(lines.get(begin)) && depth(lines, begin) <= depth)) {
        begin--;
      }
      if (ends && begin >= 0 && !TYPE.matcher(lines.get(begin)).matches()) {
        functions.add(new Length(Rooms.ROOT.relativize(file) + ":" + (begin + 1), end - begin + 1));
      }
    }
    return functions;
  }

  private static boolean begins(String line) {
    return !line.isBlank() && !line.startsWith("#");
  }

  private static int depth(List<String> lines, int at) {
    return indentation(lines.get(at));
  }

  @Test
  void filesAndFunctionsEnd() throws IOException {
    List<Length> files = new ArrayList<>();
    List<Length> functions = new ArrayList<>();
    for (Path file : sources()) {
      int lines = (int) Files.readString(file).lines().count();
      files.add(new Length(Rooms.ROOT.relativize(file).toString(), lines));
      functions.addAll(functions(file));
    }
    assertTrue(
        files.size() > 400 && functions.size() > 3000, files.size() + " " + functions.size());
    System.out.println(
        files.size()
            + " files, over 300 lines: "
            + files.stream().filter(file -> file.lines > 300).toList());
    System.out.println(
        functions.size()
            + " functions, over 50 lines: "
            + functions.stream().filter(function -> function.lines > 50).toList());
    assertEquals(List.of(), files.stream().filter(file -> file.lines > MOST_FILE).toList());
    assertEquals(
        List.of(), functions.stream().filter(function -> function.lines > MOST_FUNCTION).toList());
  }
}
