package org.portafilter.train;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Batches;
import org.portafilter.loss.Loss;
import org.portafilter.optim.Clipping;
import org.portafilter.optim.Optimizer;

/**
 * The setup of checkpoints without a fingerprint: the loss in words, everything else in one text,
 * and nothing of what decides the bits but each kernel's algorithm.
 */
record EarlierSetup(
    Loss loss, Optimizer optimizer, @Nullable Clipping clipping, Rates rates, Batches batches) {
  private String rules() {
    String rules = optimizer + ", " + rates.schedule() + ", learning rate " + rates.base();
    if (clipping != null) {
      rules += ", " + clipping;
    }
    if (rates.plateau() != null) {
      rules += ", " + rates.plateau();
    }
    return batches.augmentations().isEmpty() ? rules : rules + ", " + batches.augmentations();
  }

  /** As {@link TrainingSetup#changes} does. */
  TrainingSetup.Changes changes(Path file, JsonObject other, Resume how) {
    TrainingSetup.require(file, other, "loss", loss.toString());
    String then = other.get("optimizer").getAsString();
    boolean sameKind = then.startsWith(optimizer.getClass().getSimpleName());
    if (!how.otherRates() || !sameKind) {
      TrainingSetup.require(file, other, "optimizer", rules());
    }
    return new TrainingSetup.Changes(
        then.equals(rules()) ? List.of() : List.of("%s instead of %s".formatted(rules(), then)),
        List.of("it does not say with which instruction set and build it was computed"));
  }
}
