package org.portafilter.benchmarks;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the page of results: one table per machine and comparison, from the files of those. */
@Command(
    name = "report",
    description = "Writes the results of comparisons as a page.",
    mixinStandardHelpOptions = true)
final class Report implements Callable<Integer> {
  /** Besides the results, a machine's folder says what it is. */
  private static final String MACHINE = "machine.json";

  @Parameters(paramLabel = "FOLDER", description = "A folder of folders, one a machine.")
  private Path results = Path.of("benchmarks/results");

  @Option(names = "--to", required = true, description = "The page, in Markdown.")
  private Path page = Path.of("docs/speed.md");

  @Option(names = "--check", description = "Write nothing; fail where the page is not that.")
  private boolean check;

  @Option(names = "--plot", paramLabel = "FILE.png", description = "Where a chart goes.")
  private @Nullable Path plot;

  @Override
  public Integer call() throws IOException {
    if (check) {
      boolean same = Files.readString(page).equals(text(results));
      if (!same) {
        System.err.println(page + " is not what the results give; write it anew by report --to");
      }
      return same ? 0 : 1;
    }
    Files.writeString(page, text(results));
    if (plot != null) {
      BarPicture.save("A training step: times the best peer's speed", trainings(results), plot);
    }
    return 0;
  }

  /** The page. */
  static String text(Path results) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("# Speed\n\n");
    text.append(Files.readString(results.resolve("how.md")).replace("\r", "").strip());
    text.append("\n");
    for (Path machine : folders(results)) {
      JsonObject described = json(machine.resolve(MACHINE));
      text.append("\n## ").append(described.get("cpu").getAsString());
      text.append(", ").append(described.get("isa").getAsString()).append("\n\n");
      text.append(described.get("note").getAsString()).append("\n");
      for (Path file : files(machine)) {
        text.append(ResultTable.of(file.getFileName().toString(), json(file)));
      }
    }
    return text.toString();
  }

  /** Times the best peer in training, by network and machine. */
  private static List<BarPicture.Bars> trainings(Path results) throws IOException {
    List<BarPicture.Bars> all = new ArrayList<>();
    for (Path machine : folders(results)) {
      Path nets = machine.resolve("nets-train.json");
      if (Files.exists(nets)) {
        String isa = json(machine.resolve(MACHINE)).get("isa").getAsString();
        all.add(BarPicture.Bars.of(isa, json(nets)));
      }
    }
    return all;
  }

  private static List<Path> folders(Path results) throws IOException {
    try (Stream<Path> folders = Files.list(results)) {
      return folders.filter(Files::isDirectory).sorted().toList();
    }
  }

  private static List<Path> files(Path machine) throws IOException {
    try (Stream<Path> files = Files.list(machine)) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .filter(file -> !file.endsWith(MACHINE))
          .sorted((a, b) -> ResultTable.order(a).compareTo(ResultTable.order(b)))
          .toList();
    }
  }

  private static JsonObject json(Path file) throws IOException {
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }

  /** A number as the page has it. */
  static String number(double value) {
    String pattern = value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, pattern, value);
  }
}
