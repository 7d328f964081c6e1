package org.portafilter.train;

import com.google.gson.JsonObject;
import org.portafilter.data.Batches;
import org.portafilter.device.MathMode;

/**
 * How far a training run has come.
 *
 * @param epoch epochs finished
 * @param batch batches finished of the epoch after those
 * @param lossSum sum over those batches of their losses, each times what it counts
 * @param images images in those batches
 * @param weight what those batches count: their images, unless the loss weighs them
 * @param scale the loss scale of the next step
 */
record Position(int epoch, int batch, double lossSum, long images, double weight, LossScale scale) {
  static final Position START = new Position(0, 0, 0, 0, 0, LossScale.NONE);

  Position afterBatch(double loss, int count, double counted) {
    return new Position(
        epoch, batch + 1, lossSum + loss * counted, images + count, weight + counted, scale);
  }

  Position afterEpoch() {
    return new Position(epoch + 1, 0, 0, 0, 0, scale);
  }

  Position with(LossScale next) {
    return new Position(epoch, batch, lossSum, images, weight, next);
  }

  /** The mean loss of the epoch so far; 0, as the loss of a batch is, where nothing counted yet. */
  double loss() {
    return weight == 0 ? 0 : lossSum / weight;
  }

  /**
   * As a checkpoint has it.
   *
   * @param scaled whether the training scales its loss
   */
  JsonObject json(boolean scaled) {
    JsonObject json = new JsonObject();
    json.addProperty("epoch", epoch);
    json.addProperty("batch", batch);
    json.addProperty("loss_sum", lossSum);
    json.addProperty("images", images);
    if (weight != images) {
      json.addProperty("weight", weight);
    }
    if (scaled) {
      json.addProperty("loss_scale", scale.value());
      json.addProperty("loss_scale_steps", scale.steps());
    }
    return json;
  }

  /**
   * What {@link #json} wrote.
   *
   * @throws IllegalArgumentException when no run over these batches stands there
   */
  static Position of(JsonObject json, MathMode math, Batches batches) {
    LossScale scale =
        LossScale.isUsed(math) && json.has("loss_scale")
            ? new LossScale(
                json.get("loss_scale").getAsDouble(), json.get("loss_scale_steps").getAsInt())
            : LossScale.first(math);
    Position read =
        new Position(
            json.get("epoch").getAsInt(),
            json.get("batch").getAsInt(),
            json.get("loss_sum").getAsDouble(),
            json.get("images").getAsLong(),
            json.get(json.has("weight") ? "weight" : "images").getAsDouble(),
            scale);
    long images = Math.min((long) read.batch * batches.size(), batches.dataset().size());
    if (read.epoch < 0
        || read.batch < 0
        || read.batch > batches.count()
        || read.images != images
        || !(scale.value() > 0)) {
      throw new IllegalArgumentException(
          "%s epochs and %s batches with %s images, of %s batches with %s images"
              .formatted(
                  read.epoch, read.batch, read.images, batches.count(), batches.dataset().size()));
    }
    return read;
  }
}
