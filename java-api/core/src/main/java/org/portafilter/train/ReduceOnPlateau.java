package org.portafilter.train;

import java.util.List;
import java.util.Map;
import org.portafilter.shape.PortafilterException;

/**
 * Multiplies the learning rate by {@code factor} whenever a number of the history has not become
 * better for {@code patience} epochs. It looks at the history alone, so a resumed run has the rates
 * of an uninterrupted one.
 *
 * <pre>{@code
 * trainer.validation(validation.batches(256)).plateau(ReduceOnPlateau.of("validation_loss", 3));
 * }</pre>
 *
 * @param monitor what to watch
 * @param patience epochs without a better value before the rate falls, at least 1
 * @param factor in (0, 1); 0.5 unless set
 */
public record ReduceOnPlateau(Monitor monitor, int patience, double factor) {
  /** Checks the ranges. */
  public ReduceOnPlateau {
    if (patience < 1 || !(factor > 0 && factor < 1)) {
      throw new PortafilterException(
          "ReduceOnPlateau needs patience of at least 1 and a factor in (0, 1), got %s and %s"
              .formatted(patience, factor));
    }
  }

  /** Halves the rate; lower is better when the number's name ends in {@code loss}. */
  public static ReduceOnPlateau of(String name, int patience) {
    return new ReduceOnPlateau(Monitor.of(name), patience, 0.5);
  }

  /** The same with another factor. */
  public ReduceOnPlateau withFactor(double factor) {
    return new ReduceOnPlateau(monitor, patience, factor);
  }

  /** What the rate of the epoch after these rows is multiplied by. */
  double rateFactor(List<Map<String, Double>> all) {
    List<Map<String, Double>> rows = all.stream().filter(monitor::isIn).toList();
    double product = 1;
    int since = 0;
    for (int i = 1; i < rows.size(); i++) {
      boolean better = monitor.best(rows.subList(0, i + 1), 0) == i;
      since = better ? 0 : since + 1;
      if (since == patience) {
        product *= factor;
        since = 0;
      }
    }
    return product;
  }
}
