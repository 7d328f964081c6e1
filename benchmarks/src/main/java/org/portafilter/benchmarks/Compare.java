package org.portafilter.benchmarks;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Sets this library beside its peers: each in a JVM of its own, results checked equal first, rounds
 * alternating, medians of medians.
 */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = "Compares with other libraries.")
final class Compare implements Callable<Integer> {
  /** Largest difference between two libraries' results, relative to the largest value. */
  private static final double AGREEMENT = 1e-3;

  @Option(
      names = "--suite",
      required = true,
      description =
          "The cases to run: lenet, nets, conv, conv-train, gemm, memory-bound, neighbours or footprint.")
  private String suite = "";

  @Option(
      names = "--peers",
      split = ",",
      defaultValue = "djl,pytorch,onnxruntime,openblas",
      description =
          "Peers, where they know the case: djl, pytorch, dl4j, onnxruntime, openblas (${DEFAULT-VALUE}); or another build's benchmarks.jar.")
  private List<String> peers = List.of();

  @Option(
      names = "--shapes",
      paramLabel = "FILE",
      description = "Cases to run in place of the suite's own.")
  private @Nullable Path shapes;

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "Alternating rounds (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--millis",
      defaultValue = "1500",
      description = "Length of one turn (${DEFAULT-VALUE}).")
  private int millis;

  @Option(
      names = "--threads",
      defaultValue = "2",
      description = "Threads of each contender (${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--neighbours",
      defaultValue = "0",
      description = "Threads of another process that spin meanwhile (${DEFAULT-VALUE}).")
  private int neighbours;

  @Option(names = "--json", description = "Where the result goes.")
  private @Nullable Path json;

  @Option(names = "--plot", paramLabel = "FILE.png", description = "Where a chart goes.")
  private @Nullable Path plot;

  @Override
  public Integer call() throws IOException {
    Machine machine = Machine.measure(threads);
    System.out.printf(
        Locale.ROOT,
        "%d threads: %.0f GFLOP/s in registers, %.1f GB/s%n",
        threads,
        machine.flops() * 1e-9,
        machine.bytes() * 1e-9);
    JsonArray rows = new JsonArray();
    boolean footprint = suite.equals("footprint");
    Neighbours spinning = new Neighbours(neighbours);
    for (Row work : Row.suite(suite, shapes)) {
      JsonObject row =
          footprint ? new Footprint(peers, rounds, threads).row(work) : row(work, machine);
      rows.add(row);
      System.out.println(footprint ? Footprint.line(row) : line(row));
    }
    spinning.close();
    JsonObject result = new JsonObject();
    result.addProperty("suite", suite);
    result.addProperty("threads", threads);
    result.addProperty("neighbours", neighbours);
    result.addProperty("machine_gflops", machine.flops() * 1e-9);
    result.addProperty("machine_gbytes_per_second", machine.bytes() * 1e-9);
    result.add("rows", rows);
    double mean = geometricMean(rows);
    if (!Double.isNaN(mean)) {
      result.addProperty("geomean", mean);
      System.out.printf(Locale.ROOT, "geometric mean %.2f%n", mean);
    }
    if (json != null) {
      Files.writeString(
          json,
          new GsonBuilder()
                  .setPrettyPrinting()
                  .serializeNulls()
                  .serializeSpecialFloatingPointValues()
                  .create()
                  .toJson(result)
              + "\n");
    }
    if (plot != null) {
      String title = suite + ": times the best peer's speed";
      BarPicture.save(title, List.of(BarPicture.Bars.of("this machine", result)), plot);
    }
    return 0;
  }

  /** Over the rows that have a peer; NaN where none has. */
  private static double geometricMean(JsonArray rows) {
    double logs = 0;
    int count = 0;
    for (JsonElement row : rows) {
      JsonElement ratio = row.getAsJsonObject().get("ratio");
      if (!ratio.isJsonNull()) {
        logs += Math.log(ratio.getAsDouble());
        count++;
      }
    }
    return Math.exp(logs / count);
  }

  private static String line(JsonObject row) {
    StringBuilder line = new StringBuilder();
    line.append(
        String.format(
            Locale.ROOT,
            "%-58s ours %9.4f ms",
            row.get("case").getAsString(),
            number(row, "ours_ms")));
    if (!row.get("floor_ms").isJsonNull()) {
      double share = number(row, "floor_ms") / number(row, "ours_ms");
      line.append(String.format(Locale.ROOT, "  %.2f of floor", share));
    }
    if (row.get("ratio").isJsonNull()) {
      return line + "  no peer";
    }
    return line
        + String.format(
            Locale.ROOT,
            "  %s %9.4f ms  ratio %.2f (rounds %.2f to %.2f)",
            row.get("best_peer").getAsString(),
            number(row, "best_peer_ms"),
            number(row, "ratio"),
            number(row, "ratio_least"),
            number(row, "ratio_most"));
  }

  private static double number(JsonObject row, String key) {
    return row.get(key).getAsDouble();
  }

  private JsonObject row(Row work, Machine machine) throws IOException {
    Map<String, ContenderProcess> contenders = new LinkedHashMap<>();
    try {
      contenders.put("ours", ContenderProcess.start("ours", work, threads));
      for (String peer : peers) {
        for (String name : Contenders.of(peer, work)) {
          contenders.put(name, ContenderProcess.start(name, work, threads));
        }
      }
      requireEqualResults(work, contenders);
      if (isBoundByMemory(work)) {
        contenders.put(Stream.NAME, ContenderProcess.start(Stream.NAME, work, threads));
      }
      Map<String, List<Double>> times = new LinkedHashMap<>();
      for (int round = -1; round < rounds; round++) {
        for (Map.Entry<String, ContenderProcess> contender : contenders.entrySet()) {
          double time = contender.getValue().time(millis);
          if (round >= 0) {
            times.computeIfAbsent(contender.getKey(), k -> new ArrayList<>()).add(time);
          }
        }
      }
      return row(work, times, machine);
    } finally {
      for (ContenderProcess contender : contenders.values()) {
        contender.close();
      }
    }
  }

  private static void requireEqualResults(Row work, Map<String, ContenderProcess> contenders)
      throws IOException {
    double[] ours = contenders.get("ours").check();
    for (Map.Entry<String, ContenderProcess> peer : contenders.entrySet()) {
      double[] theirs = peer.getKey().equals("ours") ? ours : peer.getValue().check();
      double most = 0;
      double difference = theirs.length == ours.length ? 0 : Double.POSITIVE_INFINITY;
      for (int i = 0; i < Math.min(ours.length, theirs.length); i++) {
        most = Math.max(most, Math.abs(ours[i]));
        difference = Math.max(difference, Math.abs(ours[i] - theirs[i]));
      }
      if (!(difference <= AGREEMENT * most)) {
        throw new IOException(
            work
                + ": "
                + peer.getKey()
                + " and ours differ by "
                + difference
                + " of "
                + most
                + "; nothing was timed");
      }
    }
  }

  private static JsonObject row(Row work, Map<String, List<Double>> times, Machine machine) {
    JsonObject row = new JsonObject();
    double ours = median(times.get("ours"));
    row.addProperty("case", work.toString());
    row.addProperty("ours_ms", ours);
    List<Double> streams = times.get(Stream.NAME);
    row.add(
        "floor_ms", streams == null ? floor(work, machine) : new JsonPrimitive(median(streams)));
    addBest(row, times, ours);
    JsonObject rounds = new JsonObject();
    times.forEach((name, list) -> rounds.add(name, array(list)));
    row.add("rounds_ms", rounds);
    return row;
  }

  private static boolean isNet(Row work) {
    return work.kind().equals("lenet") || Nets.NAMES.contains(work.kind());
  }

  /** Such a row's floor is a stream of its bytes, timed in the same rounds. */
  private static boolean isBoundByMemory(Row work) {
    return !isNet(work) && Operation.of(work).flops() == 0;
  }

  /** A whole network's floor is not computed. */
  private static JsonElement floor(Row work, Machine machine) {
    if (isNet(work)) {
      return JsonNull.INSTANCE;
    }
    Operation operation = Operation.of(work);
    return new JsonPrimitive(machine.floor(operation.flops(), operation.bytes()));
  }

  private static void addBest(JsonObject row, Map<String, List<Double>> times, double ours) {
    String best = null;
    for (Map.Entry<String, List<Double>> time : times.entrySet()) {
      boolean peer = !List.of("ours", Stream.NAME).contains(time.getKey());
      if (peer && (best == null || median(time.getValue()) < median(times.get(best)))) {
        best = time.getKey();
      }
    }
    if (best == null) {
      for (String key :
          List.of("best_peer", "best_peer_ms", "ratio", "ratio_least", "ratio_most")) {
        row.add(key, JsonNull.INSTANCE);
      }
      return;
    }
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < times.get(best).size(); i++) {
      ratios.add(times.get(best).get(i) / times.get("ours").get(i));
    }
    ratios.sort(null);
    row.addProperty("best_peer", best);
    row.addProperty("best_peer_ms", median(times.get(best)));
    row.addProperty("ratio", median(times.get(best)) / ours);
    row.addProperty("ratio_least", ratios.get(0));
    row.addProperty("ratio_most", ratios.get(ratios.size() - 1));
  }

  private static JsonArray array(List<Double> list) {
    JsonArray array = new JsonArray();
    list.forEach(array::add);
    return array;
  }

  static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    sorted.sort(null);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
