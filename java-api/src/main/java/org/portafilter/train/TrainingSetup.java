package org.portafilter.train;

import com.google.gson.JsonObject;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.Map;
import org.portafilter.shape.PortafilterException;

/**
 * What must be the same for a resumed run to continue bit for bit.
 *
 * @param seed of shuffling and dropout
 * @param loss the loss, in words
 * @param optimizer the optimizer, in words
 * @param batch images per step
 * @param images size of the training set
 * @param numerics the kernel of every step
 */
record TrainingSetup(
    long seed, String loss, String optimizer, int batch, int images, Map<String, String> numerics) {

  JsonObject json() {
    JsonObject json = new JsonObject();
    json.addProperty("seed", seed);
    json.addProperty("loss", loss);
    json.addProperty("optimizer", optimizer);
    json.addProperty("batch", batch);
    json.addProperty("images", images);
    json.add("numerics", numericsJson());
    return json;
  }

  private JsonObject numericsJson() {
    JsonObject kernels = new JsonObject();
    numerics.forEach(kernels::addProperty);
    return kernels;
  }

  /**
   * Throws when a resumed run would not be the same run; warns when only its last bits would
   * differ.
   */
  void requireSame(Path file, JsonObject other, Logger log) {
    require(file, "seed", Long.toString(seed), other.get("seed").getAsString());
    require(file, "loss", loss, other.get("loss").getAsString());
    require(file, "optimizer", optimizer, other.get("optimizer").getAsString());
    require(file, "batch size", Integer.toString(batch), other.get("batch").getAsString());
    require(file, "training images", Integer.toString(images), other.get("images").getAsString());
    if (!numericsJson().equals(other.get("numerics"))) {
      log.log(
          Logger.Level.WARNING,
          "{0}: was written with other kernels than this machine uses; training continues, but not bit for bit",
          file);
    }
  }

  private static void require(Path file, String what, String expected, String got) {
    if (!expected.equals(got)) {
      throw new PortafilterException(
          "%s: the checkpoint was trained with %s %s, this run asks for %s; use the same or start in an empty folder"
              .formatted(file, what, got, expected));
    }
  }
}
