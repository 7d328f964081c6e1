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
  /** Checks that there is a name. */
  public Monitor {
    if (name.isBlank()) {
      throw new PortafilterException(
          "a number to watch needs its name in the history, such as 'validation_loss', got none");
    }
  }

  /** Lower is better for names that end in {@code loss}, higher for all others. */
  public static Monitor of(String name) {
    return new Monitor(name, name.endsWith("loss"));
  }

  /**
   * Throws, before anything is trained, when histories will not have the number.
   *
   * @param watcher who watches it
   * @param names what they will have
   */
  void requireIn(List<String> names, String watcher) {
    if (!names.contains(name)) {
      throw new PortafilterException(
          "%s watches '%s', which the history will not have; it will have %s; set trainer.validation(...) for validation numbers"
              .formatted(watcher, name, names));
    }
  }

  /** Whether a row has the number; rows of a run before it was measured have not. */
  boolean isIn(Map<String, Double> row) {
    return row.containsKey(name);
  }

  /**
   * The index of the best row, the earliest of equals; rows without the number are none.
   *
   * @param margin by how much a value must be better than the best before it to count
   * @throws PortafilterException when the last row lacks the number
   */
  int best(List<Map<String, Double>> rows, double margin) {
    if (!rows.isEmpty() && !isIn(rows.get(rows.size() - 1))) {
      throw new PortafilterException(
          "the history has no '%s' to watch, only %s; set trainer.validation(...) for validation numbers"
              .formatted(name, rows.get(rows.size() - 1).keySet()));
    }
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
    return row.getOrDefault(name, Double.NaN);
  }
}
