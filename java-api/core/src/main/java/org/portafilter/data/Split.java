package org.portafilter.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
   * A share of a data set for testing or validation, drawn at random; with classes, that share of
   * each, to within one image (stratified). A class with two images or more is in both parts, one
   * with a single image in the training set, so that no class is judged that was never trained: of
   * small classes the test set has then more than its share. Images are copied and keep the order
   * of the data set. A {@link Dataset#oneHot} set has no classes: split it before.
   *
   * @param share of the test set, in (0, 1)
   * @param seed decides which images
   * @throws PortafilterException when either part would be empty
   */
  public static Split of(Dataset dataset, double share, long seed) {
    if (!(share > 0 && share < 1)) {
      throw new PortafilterException("a split needs a share in (0, 1), got " + share);
    }
    int[] order = new Philox(seed, Philox.streamOf("split")).permutation(dataset.size());
    boolean[] isTest = new boolean[order.length];
    if (isClasses(dataset)) {
      drawOfEach(dataset, order, share, isTest);
    } else {
      int test = (int) Math.round(share * order.length);
      if (test == 0 || test == order.length) {
        double least = 0.5 / order.length;
        throw new PortafilterException(
            "a share of %s of %s images leaves a part empty; %s"
                .formatted(
                    share,
                    order.length,
                    order.length < 2
                        ? "a split needs at least 2 images"
                        : "use a share between " + least + " and " + (1 - least)));
      }
      Arrays.stream(order, 0, test).forEach(i -> isTest[i] = true);
    }
    return parted(dataset, isTest);
  }

  /** Marks a share of each class, the first in a random order. */
  private static void drawOfEach(Dataset dataset, int[] order, double share, boolean[] isTest) {
    Map<Integer, List<Integer>> members = new LinkedHashMap<>();
    for (int i : order) {
      members.computeIfAbsent(dataset.label(i), label -> new ArrayList<>()).add(i);
    }
    List<List<Integer>> classes = List.copyOf(members.values());
    int[] tested = tested(classes.stream().mapToInt(List::size).toArray(), share);
    if (Arrays.stream(tested).sum() == 0) {
      throw new PortafilterException(
          "a data set of one image of each class cannot be split: a class would be tested and never trained; it needs a class with at least 2 images, got "
              + classes.size()
              + " classes with 1");
    }
    for (int c = 0; c < tested.length; c++) {
      classes.get(c).subList(0, tested[c]).forEach(i -> isTest[i] = true);
    }
  }

  /**
   * How many of each class are tested: its share rounded down, at least one and never all; then one
   * more where the largest remainders are, until the whole has its share.
   */
  private static int[] tested(int[] counts, double share) {
    int[] tested = new int[counts.length];
    for (int c = 0; c < counts.length; c++) {
      int most = counts[c] - 1;
      tested[c] = Math.min(most, Math.max(1, (int) (share * counts[c])));
    }
    long missing = Math.round(share * Arrays.stream(counts).sum()) - Arrays.stream(tested).sum();
    IntStream.range(0, counts.length)
        .filter(c -> tested[c] < counts[c] - 1 && share * counts[c] > tested[c])
        .boxed()
        .sorted(Comparator.comparingDouble(c -> tested[c] - share * counts[c]))
        .limit(Math.max(0, missing))
        .toList()
        .forEach(c -> tested[c]++);
    return tested;
  }

  private static boolean isClasses(Dataset dataset) {
    return dataset.target().dtype() == DType.INT32;
  }

  /**
   * Cross-validation: {@code k} splits, every image in the test set of exactly one; with classes,
   * each fold has its share of each, to within one image (stratified). A class with two images or
   * more is trained in every fold, and tested in as many as it has images. Images are copied and
   * keep the order of the data set.
   *
   * @param k at least 2, and not more than there are images
   * @param seed decides which images are together
   */
  public static List<Split> folds(Dataset dataset, int k, long seed) {
    if (k < 2 || k > dataset.size()) {
      throw new PortafilterException(
          "cross-validation needs from 2 folds to one per image, got %s folds of %s images"
              .formatted(k, dataset.size()));
    }
    int[] order = spread(dataset, seed);
    List<Split> folds = new ArrayList<>();
    for (int fold = 0; fold < k; fold++) {
      boolean[] isTest = new boolean[order.length];
      for (long i = fold; i < order.length; i += k) {
        isTest[order[(int) i]] = true;
      }
      folds.add(parted(dataset, isTest));
    }
    return folds;
  }

  /** A random order, then sorted by class: every stretch of it has its share of each class. */
  private static int[] spread(Dataset dataset, long seed) {
    int[] order = new Philox(seed, Philox.streamOf("split")).permutation(dataset.size());
    if (!isClasses(dataset)) {
      return order;
    }
    return Arrays.stream(order)
        .boxed()
        .sorted(Comparator.comparingInt(dataset::label))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** The images in the data set's own order. */
  private static Split parted(Dataset dataset, boolean[] isTest) {
    int[] train = IntStream.range(0, isTest.length).filter(i -> !isTest[i]).toArray();
    int[] test = IntStream.range(0, isTest.length).filter(i -> isTest[i]).toArray();
    return new Split(dataset.select(train), dataset.select(test));
  }
}
