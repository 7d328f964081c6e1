package org.portafilter.train;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Batches;
import org.portafilter.loss.Loss;
import org.portafilter.optim.Clipping;
import org.portafilter.optim.Optimizer;
import org.portafilter.plan.Plan;
import org.portafilter.shape.PortafilterException;

/**
 * What must be the same for a resumed run to continue bit for bit.
 *
 * @param seed of shuffling, augmentation and dropout
 * @param loss who made the graph, for messages; so are optimizer and clipping
 * @param rates how large the steps are
 * @param batches how the images come
 * @param fingerprint what is computed
 * @param numerics what decides the bits of every step
 */
record TrainingSetup(
    long seed,
    Loss loss,
    Optimizer optimizer,
    @Nullable Clipping clipping,
    Rates rates,
    Batches batches,
    Fingerprint fingerprint,
    Map<String, String> numerics) {
  private static final String GRAPH = "graph";

  /** What messages call some of its entries. */
  private static final Map<String, String> LABELS =
      Map.of("batch", "batch size", "images", "training images");

  private static final String OTHER_RATES =
      "use the same, start in an empty folder, or allow it with Resume.keepingMoments() (--keep-moments on the command line)";

  /** The numerics of a plan for full batches and of that for a smaller last one. */
  static Map<String, String> numerics(Plan full, Plan last) {
    Map<String, String> all = new LinkedHashMap<>(full.numericsIds());
    last.numericsIds()
        .forEach(
            (path, id) -> {
              if (!id.equals(full.numericsIds().get(path))) {
                all.put("last batch/" + path, id);
              }
            });
    return all;
  }

  /**
   * Throws when something that is in no graph has no words of its own.
   *
   * @throws PortafilterException naming it and the remedy
   */
  TrainingSetup requireNames() {
    for (int i = 0; i < batches.augmentations().size(); i++) {
      requireName("augmentation " + (i + 1), "Augmentation", batches.augmentations().get(i));
    }
    requireName("schedule", "Schedule", rates.schedule());
    return this;
  }

  private static void requireName(String what, String type, Object value) {
    String nameless = Words.of(value).nameless();
    if (nameless != null) {
      throw new PortafilterException(
          "%s is %s: a training that writes checkpoints or resumes must know it again in another JVM; name it, %s.named(\"...\", ...), or make it a record"
              .formatted(what, nameless, type));
    }
  }

  /** Whether loss, optimizer and clipping are all known by more than the graph they make. */
  private boolean isNamed() {
    return Words.of(List.of(loss, optimizer)).nameless() == null
        && Words.of(clipping).nameless() == null;
  }

  /** What decides the graph, by name. */
  private Map<String, String> makers() {
    Map<String, String> makers = new LinkedHashMap<>();
    makers.put("loss", Words.of(loss).text());
    makers.put("optimizer", Words.of(optimizer).text());
    makers.put("clipping", Words.of(clipping).text());
    return makers;
  }

  /** What decides how large steps are, by name. */
  private Map<String, String> pace() {
    Map<String, String> pace = new LinkedHashMap<>();
    pace.put("learning rate", Double.toString(rates.base()));
    pace.put("schedule", Words.of(rates.schedule()).text());
    pace.put("plateau", Words.of(rates.plateau()).text());
    pace.put("parameters' own rates", Words.of(fingerprint.rateScales()).text());
    return pace;
  }

  private Map<String, String> rest() {
    Map<String, String> rest = new LinkedHashMap<>();
    rest.put("seed", Long.toString(seed));
    rest.put("batch", Integer.toString(batches.size()));
    rest.put("images", Integer.toString(batches.dataset().size()));
    rest.put("augmentations", Words.of(batches.augmentations()).text());
    return rest;
  }

  JsonObject json() {
    JsonObject json = new JsonObject();
    rest().forEach(json::addProperty);
    makers().forEach(json::addProperty);
    pace().forEach(json::addProperty);
    json.addProperty(GRAPH, fingerprint.digest());
    JsonObject kernels = new JsonObject();
    numerics.forEach(kernels::addProperty);
    json.add("numerics", kernels);
    return json;
  }

  /** What a run that continues a checkpoint does otherwise than the one that wrote it. */
  record Changes(List<String> rates, List<String> bits) {}

  /**
   * Compares with the setup in a checkpoint.
   *
   * @throws PortafilterException when a resumed run would not be the same run
   */
  Changes changes(Path file, JsonObject other, Resume how) {
    rest().forEach((what, words) -> require(file, other, what, words));
    if (!other.has(GRAPH)) {
      return new EarlierSetup(loss, optimizer, clipping, rates, batches).changes(file, other, how);
    }
    List<String> paced = new ArrayList<>();
    pace()
        .forEach(
            (what, words) -> {
              String then = other.get(what).getAsString();
              if (!then.equals(words)) {
                paced.add("%s %s instead of %s".formatted(what, words, then));
              }
            });
    if (!paced.isEmpty() && !how.otherRates()) {
      throw new PortafilterException(
          "%s: this run asks for %s; %s".formatted(file, String.join(", ", paced), OTHER_RATES));
    }
    Map<String, String> then = new LinkedHashMap<>();
    other
        .getAsJsonObject("numerics")
        .entrySet()
        .forEach(step -> then.put(step.getKey(), step.getValue().getAsString()));
    List<String> bits = new ArrayList<>(Numerics.differences(then, numerics));
    if (!fingerprint.digest().equals(other.get(GRAPH).getAsString())) {
      Map<String, String> makers = makers();
      makers.forEach((what, words) -> require(file, other, what, words));
      if (bits.isEmpty() || !isNamed()) {
        throw new PortafilterException(
            "%s: the checkpoint's training computed something else than this one with loss %s, optimizer %s, clipping %s: its graph differs; use the code it was written with or start in an empty folder"
                .formatted(
                    file, makers.get("loss"), makers.get("optimizer"), makers.get("clipping")));
      }
      bits.add("loss, optimizer or clipping add other steps to the graph than they did");
    }
    return new Changes(paced, bits);
  }

  /** Throws unless a checkpoint has these words for this; it may lack what its format lacks. */
  static void require(Path file, JsonObject other, String what, String words) {
    boolean unknown = !other.has(GRAPH) && !other.has(what);
    if (!unknown && !other.get(what).getAsString().equals(words)) {
      throw new PortafilterException(
          "%s: the checkpoint was trained with %s %s, this run asks for %s; use the same or start in an empty folder"
              .formatted(
                  file, LABELS.getOrDefault(what, what), other.get(what).getAsString(), words));
    }
  }
}
