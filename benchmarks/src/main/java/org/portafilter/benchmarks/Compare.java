package org.portafilter.benchmarks;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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

  @Option(names = "--suite", required = true, description = "The cases to run: lenet.")
  private String suite = "";

  @Option(names = "--peers", split = ",", defaultValue = "djl", description = "Peers: djl.")
  private List<String> peers = List.of();

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

  @Option(names = "--json", description = "Where the result goes.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException {
    JsonArray rows = new JsonArray();
    double logs = 0;
    for (Case work : Case.suite(suite)) {
      JsonObject row = row(work);
      rows.add(row);
      logs += Math.log(row.get("ratio").getAsDouble());
      System.out.printf(
          "%-20s ours %9.4f ms   %s %9.4f ms   ratio %.2f (rounds %.2f to %.2f)%n",
          work,
          row.get("ours_ms").getAsDouble(),
          row.get("best_peer").getAsString(),
          row.get("best_peer_ms").getAsDouble(),
          row.get("ratio").getAsDouble(),
          row.get("ratio_least").getAsDouble(),
          row.get("ratio_most").getAsDouble());
    }
    JsonObject result = new JsonObject();
    result.addProperty("suite", suite);
    result.addProperty("threads", threads);
    result.add("rows", rows);
    result.addProperty("geomean", Math.exp(logs / rows.size()));
    System.out.printf("geometric mean %.2f%n", result.get("geomean").getAsDouble());
    if (json != null) {
      Files.writeString(
          json,
          new GsonBuilder().setPrettyPrinting().serializeNulls().create().toJson(result) + "\n");
    }
    return 0;
  }

  private JsonObject row(Case work) throws IOException {
    Map<String, ContenderProcess> contenders = new LinkedHashMap<>();
    try {
      contenders.put("ours", ContenderProcess.start("ours", work, threads));
      for (String peer : peers) {
        contenders.put(peer, ContenderProcess.start(peer, work, threads));
      }
      requireEqualResults(work, contenders);
      Map<String, List<Double>> times = new LinkedHashMap<>();
      for (int round = -1; round < rounds; round++) {
        for (Map.Entry<String, ContenderProcess> contender : contenders.entrySet()) {
          double time = contender.getValue().time(millis);
          if (round >= 0) {
            times.computeIfAbsent(contender.getKey(), k -> new ArrayList<>()).add(time);
          }
        }
      }
      return row(work, times);
    } finally {
      for (ContenderProcess contender : contenders.values()) {
        contender.close();
      }
    }
  }

  private static void requireEqualResults(Case work, Map<String, ContenderProcess> contenders)
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

  private static JsonObject row(Case work, Map<String, List<Double>> times) {
    JsonObject row = new JsonObject();
    double ours = median(times.get("ours"));
    row.addProperty("case", work.toString());
    row.addProperty("ours_ms", ours);
    String best = "";
    for (Map.Entry<String, List<Double>> time : times.entrySet()) {
      boolean peer = !time.getKey().equals("ours");
      if (peer && (best.isEmpty() || median(time.getValue()) < median(times.get(best)))) {
        best = time.getKey();
      }
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
    row.add("floor_ms", JsonNull.INSTANCE);
    JsonObject rounds = new JsonObject();
    times.forEach((name, list) -> rounds.add(name, array(list)));
    row.add("rounds_ms", rounds);
    return row;
  }

  private static JsonArray array(List<Double> list) {
    JsonArray array = new JsonArray();
    list.forEach(array::add);
    return array;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    sorted.sort(null);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
