package org.portafilter.benchmarks;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** One comparison as a table in Markdown. */
final class ResultTable {
  /** What a file's name says it compares, in the order of the page. */
  private enum Kind {
    NETS_TRAIN("Whole networks: a training step (SGD with momentum; LeNet: Adam)"),
    NETS_INFER("Whole networks: inference"),
    CONV("Convolutions, forward, with weights prepared on both sides"),
    CONV_TRAIN("Convolutions, forward and both gradients"),
    UNTUNED("Shapes that nobody tuned for, forward"),
    UNTUNED_TRAIN("The same with both gradients"),
    SCALE_1("One size growing, forward and both gradients, one thread"),
    SCALE_2("The same on two threads"),
    DEPTH("Deeper networks, a training step"),
    GEMM("Matrix products"),
    MEMORY_BOUND("Where memory is the bound"),
    NEIGHBOURS_0("Training alone on the machine"),
    NEIGHBOURS_1("Training beside a process that spins on one of the cores"),
    DL4J("Beside DL4J"),
    FOOTPRINT("What it costs besides");

    final String title;

    Kind(String title) {
      this.title = title;
    }

    static Kind of(String file) {
      String name = file.replace(".json", "").replace('-', '_');
      for (Kind kind : values()) {
        if (kind.name().equalsIgnoreCase(name)) {
          return kind;
        }
      }
      throw new IllegalArgumentException(
          "no title for " + file + "; name it as one of " + List.of(values()));
    }
  }

  private ResultTable() {}

  /** Where a file comes on the page. */
  static Integer order(Path file) {
    return Kind.of(file.getFileName().toString()).ordinal();
  }

  static String of(String file, JsonObject result) {
    StringBuilder text = new StringBuilder("\n### " + Kind.of(file).title + "\n\n");
    boolean measured = Kind.of(file) != Kind.FOOTPRINT;
    if (measured) {
      text.append(mean(result));
      text.append("| case | ours, ms | of the floor | best peer | times the peer | rounds |\n");
      text.append("|---|---|---|---|---|---|\n");
    } else {
      text.append("| | ours | best peer | | times less |\n|---|---|---|---|---|\n");
    }
    for (JsonElement row : result.getAsJsonArray("rows")) {
      text.append(measured ? timed(row.getAsJsonObject()) : cost(row.getAsJsonObject()));
    }
    return text.toString();
  }

  private static String mean(JsonObject result) {
    String threads = result.get("threads").getAsString();
    String with = threads.equals("1") ? "One thread" : threads + " threads";
    JsonElement mean = result.get("geomean");
    return mean == null || mean.isJsonNull()
        ? with + ".\n\n"
        : with
            + "; "
            + Report.number(mean.getAsDouble())
            + " times the best peer in the geometric mean.\n\n";
  }

  private static String timed(JsonObject row) {
    double ours = row.get("ours_ms").getAsDouble();
    JsonElement floor = row.get("floor_ms");
    boolean alone = row.get("ratio").isJsonNull();
    return "| `%s` | %s | %s | %s | %s | %s |\n"
        .formatted(
            row.get("case").getAsString(),
            ours < 0.1 ? String.format(Locale.ROOT, "%.4f", ours) : Report.number(ours),
            floor.isJsonNull() ? "" : Report.number(floor.getAsDouble() / ours),
            alone ? "" : row.get("best_peer").getAsString(),
            alone ? "" : Report.number(row.get("ratio").getAsDouble()),
            alone
                ? ""
                : Report.number(row.get("ratio_least").getAsDouble())
                    + " to "
                    + Report.number(row.get("ratio_most").getAsDouble()));
  }

  private static String cost(JsonObject row) {
    String unit = row.get("unit").getAsString();
    String peer = row.get("best_peer").getAsString();
    double theirs = row.getAsJsonObject("values").get(peer).getAsDouble();
    return "| %s | %s | %s | %s | %s |\n"
        .formatted(
            row.get("case").getAsString(),
            amount(row.get("ours").getAsDouble(), unit),
            amount(theirs, unit),
            peer,
            Report.number(row.get("ratio").getAsDouble()));
  }

  private static String amount(double value, String unit) {
    return unit.equals("bytes")
        ? String.format(Locale.ROOT, "%.0f MB", value * 1e-6)
        : Report.number(value) + " " + unit;
  }
}
