package org.portafilter.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.testkit.Case;

/**
 * One row of a suite, one line of text: a kind and its sizes, as the tests' shape lists have them
 * ({@code conv n=16 c=64 h=56 w=56 o=64 k=3 pad=1}), or a network, what is done with it and a batch
 * ({@code lenet train 64}).
 */
record Row(String text) {
  /** The first word. */
  String kind() {
    return text.substring(0, text.indexOf(' '));
  }

  /** The sizes of an operation. */
  Case sizes() {
    return Case.of(text.substring(text.indexOf(' ') + 1));
  }

  /** Whether a network is trained. */
  boolean isTraining() {
    return text.split(" ")[1].equals("train");
  }

  /** Images per batch of a network. */
  int batch() {
    return Integer.parseInt(text.split(" ")[2]);
  }

  @Override
  public String toString() {
    return text;
  }

  /**
   * The cases of a suite.
   *
   * @param shapes a file to read in place of the suite's own; its lines may leave out the kind,
   *     which is the suite's name then
   */
  static List<Row> suite(String name, @Nullable Path shapes) throws IOException {
    if (shapes != null) {
      return cases(Files.readAllLines(shapes), name);
    }
    try (InputStream in = Row.class.getResourceAsStream("/suites/" + name + ".txt")) {
      if (in == null) {
        throw new IOException(
            "no suite "
                + name
                + "; there are lenet, nets, conv, conv-train, gemm, memory-bound, neighbours and footprint");
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      return cases(lines.lines().toList(), name);
    }
  }

  private static List<Row> cases(List<String> lines, String kind) {
    return lines.stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> line.trim().replaceAll("\\s+", " "))
        .map(
            line ->
                new Row(
                    line.indexOf('=') < line.indexOf(' ') && line.contains("=")
                        ? kind + " " + line
                        : line))
        .toList();
  }
}
