package org.portafilter.benchmarks;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What using a library costs besides its speed. A row is one line of the suite: {@code class-path
 * all}, bytes of the jars a program needs; {@code first lenet infer 1}, seconds from the start of a
 * JVM to the end of a first run; {@code memory vgg16 train 8}, peak resident bytes of a JVM that
 * ran three times.
 */
final class Footprint {
  /** Beginnings of the names of the jars each contender needs. */
  private static final Map<String, List<String>> JARS =
      Map.of(
          "ours",
          List.of(
              "portafilter-0",
              "portafilter-native",
              "portafilter-platform",
              "javacpp",
              "openblas",
              "gson",
              "jspecify"),
          "pytorch",
          List.of("pytorch-2", "javacpp", "openblas"),
          "djl",
          List.of("api-", "pytorch-e", "pytorch-j", "pytorch-n", "gson", "jna", "slf4j", "commons"),
          "onnxruntime",
          List.of("onnxruntime"));

  private static final int RUNS = 3;

  private final List<String> peers;
  private final int rounds;
  private final int threads;

  Footprint(List<String> peers, int rounds, int threads) {
    this.peers = peers;
    this.rounds = rounds;
    this.threads = threads;
  }

  /** One row: the value of every contender, and how many times ours the best peer's is. */
  JsonObject row(Row work) throws IOException {
    Map<String, Double> values = new LinkedHashMap<>();
    if (work.kind().equals("class-path")) {
      values.put("ours", classPathBytes("ours"));
      for (String peer : peers) {
        if (JARS.containsKey(peer)) {
          values.put(peer, classPathBytes(peer));
        }
      }
      return row(work, "bytes", values);
    }
    Row inner = new Row(work.text().substring(work.kind().length() + 1));
    List<String> names = new ArrayList<>(List.of("ours"));
    for (String peer : peers) {
      names.addAll(Contenders.of(peer, inner));
    }
    boolean memory = work.kind().equals("memory");
    Map<String, List<Double>> measured = new LinkedHashMap<>();
    for (int round = 0; round < (memory ? 1 : rounds); round++) {
      for (String name : names) {
        double value = memory ? peakBytes(name, inner) : firstSeconds(name, inner);
        measured.computeIfAbsent(name, k -> new ArrayList<>()).add(value);
      }
    }
    measured.forEach((name, list) -> values.put(name, Compare.median(list)));
    return row(work, memory ? "bytes" : "s", values);
  }

  private static JsonObject row(Row work, String unit, Map<String, Double> values) {
    JsonObject row = new JsonObject();
    row.addProperty("case", work.toString());
    row.addProperty("unit", unit);
    row.addProperty("ours", values.get("ours"));
    String best = null;
    for (Map.Entry<String, Double> value : values.entrySet()) {
      boolean peer = !value.getKey().equals("ours");
      if (peer && (best == null || value.getValue() < values.get(best))) {
        best = value.getKey();
      }
    }
    if (best == null) {
      row.add("best_peer", JsonNull.INSTANCE);
      row.add("ratio", JsonNull.INSTANCE);
    } else {
      row.addProperty("best_peer", best);
      row.addProperty("ratio", values.get(best) / values.get("ours"));
    }
    JsonObject all = new JsonObject();
    values.forEach(all::addProperty);
    row.add("values", all);
    return row;
  }

  static String line(JsonObject row) {
    return "%-32s %s %s (ratio %s)"
        .formatted(
            row.get("case").getAsString(),
            row.get("unit").getAsString(),
            row.getAsJsonObject("values"),
            row.get("ratio").isJsonNull()
                ? "-"
                : String.format(Locale.ROOT, "%.2f", row.get("ratio").getAsDouble()));
  }

  private double firstSeconds(String name, Row work) throws IOException {
    long start = System.nanoTime();
    try (ContenderProcess contender = ContenderProcess.start(name, work, threads)) {
      contender.run(1);
      return (System.nanoTime() - start) * 1e-9;
    }
  }

  private double peakBytes(String name, Row work) throws IOException {
    try (ContenderProcess contender = ContenderProcess.start(name, work, threads)) {
      contender.run(RUNS);
      return contender.peakBytes();
    }
  }

  /** Of the jars beside the one this runs from. */
  private static double classPathBytes(String contender) throws IOException {
    String first = System.getProperty("java.class.path").split(File.pathSeparator)[0];
    File[] jars = new File(new File(first).getAbsoluteFile().getParentFile(), "lib").listFiles();
    if (jars == null) {
      throw new IOException("no folder lib beside " + first + "; run target/benchmarks.jar");
    }
    return Arrays.stream(jars)
        .filter(jar -> JARS.get(contender).stream().anyMatch(jar.getName()::startsWith))
        .mapToDouble(File::length)
        .sum();
  }
}
