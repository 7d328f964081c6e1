package org.portafilter.metric;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.portafilter.shape.PortafilterException;

/**
 * How often each class was taken for each other: rows are labels, columns are predictions.
 *
 * <pre>{@code
 * ConfusionMatrix matrix = evaluator.confusion(data.test().batches(256));
 * System.out.println(matrix.toText(List.of("cat", "dog")));
 * double missed = 1 - matrix.recall(0);
 * }</pre>
 */
public final class ConfusionMatrix {
  private final int[][] counts;

  private ConfusionMatrix(int[][] counts) {
    this.counts = counts;
  }

  /**
   * A matrix of these counts, copied.
   *
   * @param counts one row per label, one column per prediction
   */
  public static ConfusionMatrix of(int[][] counts) {
    int[][] copy = new int[counts.length][];
    for (int i = 0; i < counts.length; i++) {
      if (counts[i].length != counts.length) {
        throw new PortafilterException(
            "a confusion matrix is square, got %s rows and a row of %s"
                .formatted(counts.length, counts[i].length));
      }
      copy[i] = counts[i].clone();
    }
    return new ConfusionMatrix(copy);
  }

  /** Number of classes. */
  public int classes() {
    return counts.length;
  }

  /** Images of class {@code label} that were taken for {@code prediction}. */
  public int count(int label, int prediction) {
    return counts[label][prediction];
  }

  /** The share of all images that were taken for what they are. */
  public double accuracy() {
    long right = 0;
    long all = 0;
    for (int i = 0; i < counts.length; i++) {
      right += counts[i][i];
      all += row(i);
    }
    return (double) right / all;
  }

  /** Of the images taken for this class, the share that are of it; NaN when none was. */
  public double precision(int label) {
    long column = 0;
    for (int[] row : counts) {
      column += row[label];
    }
    return (double) counts[label][label] / column;
  }

  /** Of the images of this class, the share taken for it; NaN when there is none. */
  public double recall(int label) {
    return (double) counts[label][label] / row(label);
  }

  /** The harmonic mean of precision and recall; 0 when nothing of the class was found. */
  public double f1(int label) {
    if (counts[label][label] == 0) {
      return 0;
    }
    return 2 / (1 / precision(label) + 1 / recall(label));
  }

  private long row(int label) {
    return Arrays.stream(counts[label]).asLongStream().sum();
  }

  /**
   * The matrix as a table with precision, recall and F1 of each class.
   *
   * @param names one per class, or an empty list for numbers
   */
  public String toText(List<String> names) {
    if (!names.isEmpty() && names.size() != counts.length) {
      throw new PortafilterException(
          "%s classes need as many names, got %s".formatted(counts.length, names.size()));
    }
    StringBuilder text = new StringBuilder(format("%-12s", "label"));
    for (int c = 0; c < counts.length; c++) {
      text.append(format("%6d", c));
    }
    text.append(format("  precision  recall      F1%n"));
    for (int label = 0; label < counts.length; label++) {
      String name = names.isEmpty() ? "" : " " + names.get(label);
      text.append(format("%-12.12s", label + name));
      for (int count : counts[label]) {
        text.append(format("%6d", count));
      }
      text.append(format("  %9.4f  %6.4f  %6.4f%n", precision(label), recall(label), f1(label)));
    }
    return text.toString();
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  @Override
  public String toString() {
    return toText(List.of());
  }
}
