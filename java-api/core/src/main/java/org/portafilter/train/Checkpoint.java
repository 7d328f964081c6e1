package org.portafilter.train;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.portafilter.io.ModelFile;
import org.portafilter.io.Safetensors;
import org.portafilter.nn.Network;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;

/**
 * A model file with the rest of the training: optimizer moments, step, seed, position in the data,
 * history. Resuming from it continues bit for bit.
 */
final class Checkpoint {
  private static final Logger LOG = System.getLogger("org.portafilter");
  private static final String TRAINING_KEY = "portafilter.training";

  private Checkpoint() {}

  static void save(
      Path file, Network net, TrainingSetup setup, Position position, History history) {
    JsonObject json = position.json(LossScale.isUsed(net.math()));
    json.addProperty("step", net.state().step());
    json.add("setup", setup.json());
    json.add("history", history.json());
    json.add("notes", history.notesJson());
    Map<String, String> metadata = new LinkedHashMap<>(ModelFile.metadata(net));
    metadata.put(TRAINING_KEY, json.toString());
    Safetensors.write(file, net.state().entries(), metadata);
  }

  /**
   * Copies a checkpoint into a network that was set up alike, and returns where it stood. The
   * network and the history change after everything was checked, or not at all.
   *
   * @param how what may differ; where something does, the history has a note of it
   */
  static Position restore(
      Path file, Network net, TrainingSetup setup, History history, Resume how) {
    Safetensors source = Safetensors.open(file);
    String text = source.metadata().get(TRAINING_KEY);
    if (text == null) {
      throw new PortafilterException(
          file + ": a model, not a checkpoint; load it with ModelFile and train anew");
    }
    for (Map.Entry<String, String> own : ModelFile.metadata(net).entrySet()) {
      if (ModelFile.isIdentity(own.getKey())
          && !own.getValue().equals(source.metadata().get(own.getKey()))) {
        throw new PortafilterException(
            file
                + ": the checkpoint belongs to another architecture, or other parameters were frozen; build the same network or start in an empty folder");
      }
    }
    requireSameState(file, net, source);
    ModelFile.takeNotes(source, net);
    return reading(
        file,
        () -> {
          JsonObject json = JsonParser.parseString(text).getAsJsonObject();
          var changes = setup.changes(file, json.getAsJsonObject("setup"), how);
          requireBits(file, changes.bits(), how);
          Position position = Position.of(json, net.math(), setup.batches());
          History then = history(json);
          read(source, net, json.get("step").getAsLong());
          history.become(then);
          note(history, position, changes);
          return position;
        });
  }

  /** Answers to every way in which broken structure shows. */
  private static <T> T reading(Path file, Supplier<T> reader) {
    try {
      return reader.get();
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | ClassCastException
        | IllegalArgumentException
        | UnsupportedOperationException e) {
      String reason =
          e instanceof NullPointerException || e.getMessage() == null
              ? "an entry is missing"
              : e.getMessage();
      throw new PortafilterException(
          file
              + ": its training position is damaged ("
              + reason
              + "); resume from another checkpoint",
          e);
    }
  }

  private static History history(JsonObject json) {
    History history = new History();
    history.restore(json.getAsJsonArray("history"));
    if (json.has("notes")) {
      history.restoreNotes(json.getAsJsonArray("notes"));
    }
    return history;
  }

  private static void requireSameState(Path file, Network net, Safetensors source) {
    Map<String, ValueType> expected = new LinkedHashMap<>();
    net.state().entries().forEach((path, tensor) -> expected.put(path, tensor.type()));
    if (!expected.equals(source.types())) {
      throw new PortafilterException(
          file
              + ": the checkpoint holds other values than this training keeps; use the same optimizer");
    }
  }

  private static void requireBits(Path file, List<String> differences, Resume how) {
    if (differences.isEmpty()) {
      return;
    }
    String all = String.join("; ", differences);
    if (how.exact()) {
      throw new PortafilterException(
          "%s: cannot be continued bit for bit: %s; resume where it was written, or without Resume.exactly() (--exact on the command line)"
              .formatted(file, all));
    }
    LOG.log(Logger.Level.WARNING, "{0}: training continues, but not bit for bit: {1}", file, all);
  }

  private static void note(History history, Position position, TrainingSetup.Changes changes) {
    int epoch = position.epoch() + 1;
    String place = "resumed after %s of its batches".formatted(position.batch());
    if (!changes.bits().isEmpty()) {
      history.note(epoch, place + ", not bit for bit: " + String.join("; ", changes.bits()));
    }
    if (!changes.rates().isEmpty()) {
      history.note(epoch, place + " with " + String.join(", ", changes.rates()));
    }
  }

  private static void read(Safetensors source, Network net, long step) {
    net.state().entries().forEach((path, tensor) -> source.read(path, tensor));
    net.state().step(step);
  }

  /**
   * Copies the state at the end of an epoch from a checkpoint of the same run, if it is one, and
   * says whether it was.
   *
   * @param history of the run, this epoch and later ones
   */
  static boolean restoreEpoch(Path file, Network net, History history, int epoch) {
    Safetensors source = Safetensors.open(file);
    String text = source.metadata().get(TRAINING_KEY);
    if (text == null) {
      return false;
    }
    return reading(
        file,
        () -> {
          JsonObject json = JsonParser.parseString(text).getAsJsonObject();
          History rows = new History();
          rows.restore(history.json());
          boolean same =
              json.get("batch").getAsInt() == 0
                  && history(json).epochs().equals(rows.epochs().subList(0, epoch));
          if (same) {
            requireSameState(file, net, source);
            read(source, net, json.get("step").getAsLong());
          }
          return same;
        });
  }
}
