package org.portafilter.train;

import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.PortafilterException;

/** Who watches the history of a training: early stopping, checkpoints of the best, the rates. */
final class Watching {
  private static final Logger LOG = System.getLogger("org.portafilter");

  private final List<EarlyStopping> stoppings;
  private final @Nullable Checkpoints checkpoints;
  private final @Nullable ReduceOnPlateau plateau;

  Watching(
      List<Callback> callbacks,
      @Nullable Checkpoints checkpoints,
      @Nullable ReduceOnPlateau plateau) {
    this.stoppings =
        callbacks.stream()
            .filter(EarlyStopping.class::isInstance)
            .map(EarlyStopping.class::cast)
            .toList();
    this.checkpoints = checkpoints;
    this.plateau = plateau;
  }

  /** Fails before the first step when somebody watches a number that will not be there. */
  void requireNames(@Nullable Validation validation) {
    List<String> names = new ArrayList<>(History.NUMBERS);
    if (validation != null) {
      names.addAll(validation.names());
    }
    stoppings.forEach(stopping -> stopping.monitor().requireIn(names, "EarlyStopping"));
    Monitor best = checkpoints == null ? null : checkpoints.best();
    if (best != null) {
      best.requireIn(names, "Checkpoints.withBest");
    }
    if (plateau != null) {
      plateau.monitor().requireIn(names, "ReduceOnPlateau");
    }
  }

  /**
   * Whether there is nothing to train.
   *
   * @param resumed whether the run stands where a checkpoint left it
   * @throws PortafilterException where nobody can have meant it
   */
  boolean isDone(Position position, int epochs, boolean resumed, History history) {
    if (epochs < 1) {
      throw new PortafilterException("fit needs epochs of at least 1, got " + epochs);
    }
    boolean all = position.epoch() >= epochs;
    if (all && !resumed) {
      throw new PortafilterException(
          "%s epochs are done and fit was asked for %s in all; ask for more"
              .formatted(position.epoch(), epochs));
    }
    String reason = all ? position.epoch() + " epochs are done" : stopped(position, history);
    if (reason != null) {
      LOG.log(Logger.Level.INFO, "nothing to train: {0}", reason);
    }
    return reason != null;
  }

  private @Nullable String stopped(Position position, History history) {
    return stoppings.stream()
        .map(stopping -> stopping.reason(history))
        .filter(reason -> reason != null && position.batch() == 0)
        .findFirst()
        .orElse(null);
  }

  /** Who goes back to the best epoch's state; null for nobody. */
  @Nullable EarlyStopping restoring() {
    List<EarlyStopping> restoring = stoppings.stream().filter(EarlyStopping::restoreBest).toList();
    if (restoring.size() > 1) {
      throw new PortafilterException(
          "only one EarlyStopping can go back to its best state, got " + restoring);
    }
    return restoring.isEmpty() ? null : restoring.get(0);
  }
}
