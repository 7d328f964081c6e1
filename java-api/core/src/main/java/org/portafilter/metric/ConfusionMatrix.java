package org.portafilter.metric;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.portafilter.shape.PortafilterException;

/**
 * How often each class was taken for each other: rows are labels, columns are predictions. Images
 * whose outputs hold NaN were taken for none; they are counted apart, as missed.
 *
 * <pre>{@code
 * ConfusionMatrix matrix = evaluator.confusion(data.test().batches(256));
 * System.out.println(matrix.toText(List.of("cat", "dog")));
 * double missed = 1 - matrix.recall(0);
 * }</pre>
 */
public final class ConfusionMatrix {
  private final int[][] counts;
  private final int[] nan;

  private ConfusionMatrix(int[][] counts, int[] nan) {
    this.counts = counts;
    this.nan = nan;
  }

  /**
   * A matrix of these counts, copied.
   *
   * @param counts one row per label, one column per prediction
   */
  public static ConfusionMatrix of(int[][] counts) {
    return of(counts, new int[counts.length]);
  }

  /**
   * A matrix of these counts, copied.
   *
   * @param counts one row per label, one column per prediction
   * @param nan images of each label whose outputs hold NaN, so that they were taken for no class
   */
  public static ConfusionMatrix of(int[][] counts, int[] nan) {
    if (nan.length != counts.length) {
      throw new PortafilterException(
          "%s classes need as many counts of NaN, got %s".formatted(counts.length, nan.length));
    }
    int[][] copy = new int[counts.length][];
    for (int i = 0; i < counts.length; i++) {
      if (counts[i].length != counts.length) {
        throw new PortafilterException(
            "a confusion matrix is square, got %s rows and a row of %s"
                .formatted(counts.length, counts[i].length));
      }
      copy[i] = counts[i].clone();
    }
    return new ConfusionMatrix(copy, nan.clone());
  }

  /** Number of classes. */
  public int classes() {
    return counts.length;
  }

  /** Images of class {@code label} that were taken for {@code prediction}. */
  public int count(int label, int prediction) {
    return counts[label][prediction];
  }

  /** Images of class {@code label} that were taken for no class, because outputs hold NaN. */
  public int nan(int label) {
    return nan[label];
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

  /** Of the images of this class, the share taken for it; NaN when there is no such image. */
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
    return nan[label] + Arrays.stream(counts[label]).asLongStream().sum();
  }

  /**
   * The matrix as a table with precision, recall and F1 of each class; with a column of NaN before
   * these where there are any.
   *
   * @param names one per class, or an empty list for numbers
   */
  public String toText(List<String> names) {
    if (!names.isEmpty() && names.size() != counts.length) {
      throw new PortafilterException(
          "%s classes need as many names, got %s".formatted(counts.length, names.size()));
    }
    boolean anyNaN = Arrays.stream(nan).anyMatch(count -> count > 0);
    StringBuilder text = new StringBuilder(format("%-12s", "label"));
    for (int c = 0; c < counts.length; c++) {
      text.append(format("%6d", c));
    }
    text.append(anyNaN ? format("%6s", "NaN") : "");
    text.append(format("  precision  recall      F1%n"));
    for (int label = 0; label < counts.length; label++) {
      String name = names.isEmpty() ? "" : " " + names.get(label);
      text.append(format("%-12.12s", label + name));
      for (int count : counts[label]) {
        text.append(format("%6d", count));
      }
      text.append(anyNaN ? format("%6d", nan[label]) : "");
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
