package org.portafilter.train;

import org.jspecify.annotations.Nullable;
import org.portafilter.shape.PortafilterException;

/**
 * Ends training when a number of the history has not become better for some epochs (Prechelt 1998).
 * It looks at the history alone, so a resumed run stops where an uninterrupted one would; one that
 * had stopped trains no more.
 *
 * <pre>{@code
 * trainer.validation(validation.batches(256), Accuracy.of())
 *     .callback(EarlyStopping.of("validation_loss", 3));
 * }</pre>
 *
 * @param monitor what to watch
 * @param patience epochs without a better value that are tolerated, at least 1
 * @param margin by how much a value must be better to count; 0 unless set
 * @param restoreBest whether {@link Trainer#fit} ends with the state of the best epoch: parameters,
 *     running statistics, the optimizer's moments and the step. See {@link #withRestoreBest}.
 */
public record EarlyStopping(Monitor monitor, int patience, double margin, boolean restoreBest)
    implements Callback {
  /** Checks the ranges. */
  public EarlyStopping {
    if (patience < 1 || !(margin >= 0)) {
      throw new PortafilterException(
          "EarlyStopping needs patience of at least 1 and a margin of at least 0, got %s and %s"
              .formatted(patience, margin));
    }
  }

  /** Watches a number: lower is better when its name ends in {@code loss}. */
  public static EarlyStopping of(String name, int patience) {
    return new EarlyStopping(Monitor.of(name), patience, 0, false);
  }

  /** The same, counting only values that are better by more than {@code margin}. */
  public EarlyStopping withMargin(double margin) {
    return new EarlyStopping(monitor, patience, margin, restoreBest);
  }

  /**
   * The same, going back to the best epoch's state when {@link Trainer#fit} ends, by itself or
   * because its epochs are done; the history then has a note that names the epoch. Every best state
   * so far is kept: in {@code early-stopping.safetensors} where the trainer writes checkpoints, so
   * that resumed runs find it, else in memory, as a copy of the network's state. {@code
   * latest.safetensors} stays that of the last epoch.
   */
  public EarlyStopping withRestoreBest() {
    return new EarlyStopping(monitor, patience, margin, true);
  }

  /** The best epoch so far, counted from 1. */
  int best(History history) {
    return monitor.best(history.epochs(), margin) + 1;
  }

  /** Why training ends after these rows; null when it goes on. */
  @Nullable String reason(History history) {
    int rows = history.epochs().size();
    if (rows == 0 || rows - best(history) < patience) {
      return null;
    }
    return "%s has not been better than in epoch %s for %s epochs"
        .formatted(monitor.name(), best(history), rows - best(history));
  }

  @Override
  public void epoch(Epoch epoch) {
    String reason = reason(epoch.history());
    if (reason != null) {
      epoch.stop(restoreBest ? reason + "; going back to that epoch's state" : reason);
    }
  }
}
