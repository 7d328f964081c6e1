package org.portafilter.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.tensor.Philox;

/**
 * A training set and the test set that goes with it.
 *
 * <pre>{@code
 * Split split = Split.of(images, 0.2, 42);
 * for (Split fold : Split.folds(images, 5, 42)) {
 *   accuracies.add(trainAndTest(fold));
 * }
 * }</pre>
 */
public record Split(Dataset train, Dataset test) {
  /**
   * A share of a data set for testing, drawn at random; with classes, the same share of each
   * (stratified). Images are copied.
   *
   * @param share of the test set, in (0, 1)
   * @param seed decides which images
   * @throws PortafilterException when either part would be empty
   */
  public static Split of(Dataset dataset, double share, long seed) {
    if (!(share > 0 && share < 1)) {
      throw new PortafilterException("a split needs a share in (0, 1), got " + share);
    }
    int[] order = spread(dataset, seed);
    int test = (int) Math.round(share * order.length);
    if (test == 0 || test == order.length) {
      throw new PortafilterException(
          "a share of %s of %d images leaves a part empty".formatted(share, order.length));
    }
    boolean[] tested = new boolean[order.length];
    for (int i = 0; i < order.length; i++) {
      // Every place where the count of tested images, were it spread evenly, goes up by one.
      tested[i] = (long) (i + 1) * test / order.length > (long) i * test / order.length;
    }
    return parted(dataset, order, tested);
  }

  /**
   * Cross-validation: {@code k} splits, every image in the test set of exactly one; with classes,
   * each fold has its share of each (stratified). Images are copied.
   *
   * @param k at least 2, and not more than there are images
   * @param seed decides which images are together
   */
  public static List<Split> folds(Dataset dataset, int k, long seed) {
    if (k < 2 || k > dataset.size()) {
      throw new PortafilterException(
          "cross-validation needs from 2 folds to one per image, got %d folds of %d images"
              .formatted(k, dataset.size()));
    }
    int[] order = spread(dataset, seed);
    List<Split> folds = new ArrayList<>();
    for (int fold = 0; fold < k; fold++) {
      boolean[] tested = new boolean[order.length];
      for (int i = fold; i < order.length; i += k) {
        tested[i] = true;
      }
      folds.add(parted(dataset, order, tested));
    }
    return folds;
  }

  /** A random order, then sorted by class: every stretch of it has its share of each class. */
  private static int[] spread(Dataset dataset, long seed) {
    int[] order = new Philox(seed, Philox.streamOf("split")).permutation(dataset.size());
    if (dataset.target().dtype() != DType.INT32) {
      return order;
    }
    return Arrays.stream(order)
        .boxed()
        .sorted(Comparator.comparingInt(dataset::label))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** The images in the data set's own order. */
  private static Split parted(Dataset dataset, int[] order, boolean[] tested) {
    boolean[] isTest = new boolean[order.length];
    for (int i = 0; i < order.length; i++) {
      isTest[order[i]] = tested[i];
    }
    int[] train = IntStream.range(0, order.length).filter(i -> !isTest[i]).toArray();
    int[] test = IntStream.range(0, order.length).filter(i -> isTest[i]).toArray();
    return new Split(dataset.select(train), dataset.select(test));
  }
}
