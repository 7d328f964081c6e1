package org.portafilter.train;

import org.portafilter.shape.PortafilterException;

/**
 * Ends training when a number of the history has not become better for some epochs (Prechelt 1998).
 * It looks at the history alone, so a resumed run stops where an uninterrupted one would.
 *
 * <pre>{@code
 * trainer.validation(validation.batches(256), Accuracy.of())
 *     .callback(EarlyStopping.of("validation_loss", 3));
 * }</pre>
 *
 * @param monitor what to watch
 * @param patience epochs without a better value that are tolerated, at least 1
 * @param margin by how much a value must be better to count; 0 unless set
 */
public record EarlyStopping(Monitor monitor, int patience, double margin) implements Callback {
  /** Checks the ranges. */
  public EarlyStopping {
    if (patience < 1 || !(margin >= 0)) {
      throw new PortafilterException(
          "EarlyStopping needs patience of at least 1 and a margin of at least 0, got %d and %s"
              .formatted(patience, margin));
    }
  }

  /** Watches a number: lower is better when its name ends in {@code loss}. */
  public static EarlyStopping of(String name, int patience) {
    return new EarlyStopping(Monitor.of(name), patience, 0);
  }

  /** The same, counting only values that are better by more than {@code margin}. */
  public EarlyStopping withMargin(double margin) {
    return new EarlyStopping(monitor, patience, margin);
  }

  @Override
  public void epoch(Epoch epoch) {
    int best = monitor.best(epoch.history().epochs(), margin);
    int since = epoch.history().epochs().size() - 1 - best;
    if (since >= patience) {
      epoch.stop(
          "%s has not been better than in epoch %d for %d epochs"
              .formatted(monitor.name(), best + 1, since));
    }
  }
}
