package org.portafilter.train;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
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
    JsonObject json = new JsonObject();
    json.addProperty("step", net.state().step());
    json.addProperty("epoch", position.epoch());
    json.addProperty("batch", position.batch());
    json.addProperty("loss_sum", position.lossSum());
    json.addProperty("images", position.images());
    if (LossScale.isUsed(net.math())) {
      json.addProperty("loss_scale", position.scale().value());
      json.addProperty("loss_scale_steps", position.scale().steps());
    }
    json.add("setup", setup.json());
    json.add("history", history.json());
    Map<String, String> metadata = new LinkedHashMap<>(ModelFile.metadata(net));
    metadata.put(TRAINING_KEY, json.toString());
    Safetensors.write(file, net.state().entries(), metadata);
  }

  private static LossScale scale(JsonObject json, Network net) {
    return LossScale.isUsed(net.math()) && json.has("loss_scale")
        ? new LossScale(
            json.get("loss_scale").getAsDouble(), json.get("loss_scale_steps").getAsInt())
        : LossScale.first(net.math());
  }

  /** Copies a checkpoint into a network that was set up alike, and returns where it stood. */
  static Position restore(Path file, Network net, TrainingSetup setup, History history) {
    Safetensors source = Safetensors.open(file);
    String text = source.metadata().get(TRAINING_KEY);
    if (text == null) {
      throw new PortafilterException(
          file + ": a model, not a checkpoint; load it with ModelFile and train anew");
    }
    for (Map.Entry<String, String> own : ModelFile.metadata(net).entrySet()) {
      if (!own.getValue().equals(source.metadata().get(own.getKey()))) {
        throw new PortafilterException(
            file
                + ": the checkpoint belongs to another architecture; build the same network or start in an empty folder");
      }
    }
    Map<String, ValueType> expected = new LinkedHashMap<>();
    net.state().entries().forEach((path, tensor) -> expected.put(path, tensor.type()));
    if (!expected.equals(source.types())) {
      throw new PortafilterException(
          file
              + ": the checkpoint holds other values than this training keeps; use the same optimizer");
    }
    try {
      JsonObject json = JsonParser.parseString(text).getAsJsonObject();
      setup.requireSame(file, json.getAsJsonObject("setup"), LOG);
      expected.keySet().forEach(path -> source.read(path, net.state().get(path)));
      net.state().step(json.get("step").getAsLong());
      history.restore(json.getAsJsonArray("history"));
      return new Position(
          json.get("epoch").getAsInt(),
          json.get("batch").getAsInt(),
          json.get("loss_sum").getAsDouble(),
          json.get("images").getAsLong(),
          scale(json, net));
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | ClassCastException
        | NumberFormatException
        | UnsupportedOperationException e) {
      throw new PortafilterException(
          file + ": its training position is damaged (" + e.getMessage() + ")", e);
    }
  }
}
