package org.portafilter.train;

import java.util.List;
import java.util.Map;
import org.portafilter.shape.PortafilterException;

/**
 * A number of the history that should get better.
 *
 * @param name its key in a row, such as {@code validation_loss}
 * @param lowerIsBetter whether small values are good
 */
public record Monitor(String name, boolean lowerIsBetter) {
  /** Lower is better for names that end in {@code loss}, higher for all others. */
  public static Monitor of(String name) {
    return new Monitor(name, name.endsWith("loss"));
  }

  /**
   * The index of the best row, the earliest of equals.
   *
   * @param margin by how much a value must be better than the best before it to count
   * @throws PortafilterException when a row lacks the number
   */
  int best(List<Map<String, Double>> rows, double margin) {
    int best = 0;
    for (int i = 0; i < rows.size(); i++) {
      double gain = value(rows.get(i)) - value(rows.get(best));
      if ((lowerIsBetter ? -gain : gain) > margin || Double.isNaN(value(rows.get(best)))) {
        best = i;
      }
    }
    return best;
  }

  private double value(Map<String, Double> row) {
    Double value = row.get(name);
    if (value == null) {
      throw new PortafilterException(
          "the history has no '%s' to watch, only %s; set trainer.validation(...) for validation numbers"
              .formatted(name, row.keySet()));
    }
    return value;
  }
}
