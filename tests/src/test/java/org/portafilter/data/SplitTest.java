package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/** Parts of data sets: what is in them, and how much of each class. */
@Tag("unit")
class SplitTest {
  /** Images of one number, their own; 60 of class 0, 30 of class 1, 10 of class 2, mixed. */
  private static Dataset hundred() {
    float[] numbers = new float[100];
    int[] labels = new int[100];
    for (int i = 0; i < 100; i++) {
      numbers[i] = i;
      int at = i * 37 % 100;
      labels[i] = at < 60 ? 0 : at < 90 ? 1 : 2;
    }
    return Dataset.of(numbers, Shape.of(1), labels);
  }

  private static TreeSet<Integer> numbers(Dataset data) {
    TreeSet<Integer> numbers = new TreeSet<>();
    for (int i = 0; i < data.size(); i++) {
      numbers.add((int) data.features(i)[0]);
    }
    assertEquals(data.size(), numbers.size(), "none twice");
    return numbers;
  }

  private static List<Integer> counts(Dataset data) {
    TreeMap<Integer, Integer> counts = new TreeMap<>();
    for (int i = 0; i < data.size(); i++) {
      counts.merge(data.label(i), 1, Integer::sum);
    }
    return List.copyOf(counts.values());
  }

  @Test
  void aShareHasItsShareOfEachClass() {
    Dataset all = hundred();
    Split split = Split.of(all, 0.2, 1);
    assertEquals(List.of(12, 6, 2), counts(split.test()));
    assertEquals(List.of(48, 24, 8), counts(split.train()));
    TreeSet<Integer> together = numbers(split.train());
    together.addAll(numbers(split.test()));
    assertEquals(100, together.size());
    for (int i = 0; i < split.test().size(); i++) {
      int number = (int) split.test().features(i)[0];
      assertEquals(all.label(number), split.test().label(i), "images keep their labels");
    }
    assertEquals(numbers(split.test()), numbers(Split.of(all, 0.2, 1).test()));
    assertTrue(!numbers(split.test()).equals(numbers(Split.of(all, 0.2, 2).test())));
  }

  /** Images of one number, their own, sorted by class as folders of classes are read. */
  private static Dataset sorted(int... counts) {
    int[] labels =
        IntStream.range(0, counts.length)
            .flatMap(label -> IntStream.generate(() -> label).limit(counts[label]))
            .toArray();
    float[] numbers = new float[labels.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i;
    }
    return Dataset.of(numbers, Shape.of(1), labels);
  }

  private static int[] perClass(Dataset data, int classes) {
    int[] counts = new int[classes];
    for (int i = 0; i < data.size(); i++) {
      counts[data.label(i)]++;
    }
    return counts;
  }

  /** Two to ten classes of one to forty images, the same at every run of the test. */
  private static int[] drawnCounts(Philox random) {
    int[] counts = new int[2 + random.nextInt(9)];
    for (int label = 0; label < counts.length; label++) {
      counts[label] = 1 + random.nextInt(random.nextInt(2) == 0 ? 3 : 40);
    }
    counts[random.nextInt(counts.length)] += 1;
    return counts;
  }

  /** What must hold of a part: its share of each class, right to one image, and some of each. */
  private static void requireShares(Dataset all, Split split, int[] counts, double share) {
    String what = Arrays.toString(counts) + " share " + share;
    int[] train = perClass(split.train(), counts.length);
    int[] test = perClass(split.test(), counts.length);
    for (int label = 0; label < counts.length; label++) {
      assertEquals(counts[label], train[label] + test[label], what);
      assertTrue(train[label] > 0, "class " + label + " is not trained: " + what);
      if (counts[label] > 1) {
        assertTrue(test[label] > 0, "class " + label + " is not tested: " + what);
        assertTrue(Math.abs(test[label] - share * counts[label]) < 1, "class " + label + what);
      }
    }
    TreeSet<Integer> together = numbers(split.train());
    together.addAll(numbers(split.test()));
    assertEquals(all.size(), together.size(), what);
  }

  @Test
  void everyClassIsInBothPartsOfASortedSet() {
    Philox random = new Philox(11, 1);
    for (int trial = 0; trial < 500; trial++) {
      int[] counts = drawnCounts(random);
      double share = random.uniform(0.001, 0.999);
      Dataset all = sorted(counts);
      requireShares(all, Split.of(all, share, trial), counts, share);
    }
    requireShares(sorted(12, 12), Split.of(sorted(12, 12), 0.25, 1), new int[] {12, 12}, 0.25);
    requireShares(sorted(2, 2), Split.of(sorted(2, 2), 0.05, 1), new int[] {2, 2}, 0.05);
  }

  /** Where every class has the images for it, the whole is right as well, to half an image. */
  @Test
  void theWholeHasItsShare() {
    Philox random = new Philox(12, 1);
    for (int trial = 0; trial < 200; trial++) {
      int[] counts = IntStream.generate(() -> 20 + random.nextInt(30)).limit(7).toArray();
      double share = random.uniform(0.06, 0.94);
      Dataset all = sorted(counts);
      Split split = Split.of(all, share, trial);
      assertEquals(Math.round(share * all.size()), split.test().size(), Arrays.toString(counts));
    }
  }

  @Test
  void theSeedDecides() {
    Dataset all = sorted(40, 25, 3);
    Split once = Split.of(all, 0.3, 5);
    assertEquals(numbers(once.test()), numbers(Split.of(all, 0.3, 5).test()));
    assertEquals(numbers(once.train()), numbers(Split.of(all, 0.3, 5).train()));
    Set<Set<Integer>> drawn = new HashSet<>();
    for (int seed = 0; seed < 50; seed++) {
      drawn.add(numbers(Split.of(all, 0.3, seed).test()));
    }
    assertEquals(50, drawn.size(), "50 seeds give 50 splits");
  }

  @Test
  void everyClassIsTrainedInEveryFold() {
    Philox random = new Philox(13, 1);
    for (int trial = 0; trial < 200; trial++) {
      int[] counts = drawnCounts(random);
      Dataset all = sorted(counts);
      int k = 2 + random.nextInt(Math.min(6, all.size() - 1));
      TreeSet<Integer> tested = new TreeSet<>();
      for (Split fold : Split.folds(all, k, trial)) {
        int[] test = perClass(fold.test(), counts.length);
        for (int label = 0; label < counts.length; label++) {
          assertTrue(Math.abs(test[label] - (double) counts[label] / k) < 1);
          assertTrue(counts[label] == 1 || test[label] < counts[label]);
        }
        assertTrue(Math.abs(fold.test().size() - (double) all.size() / k) < 1);
        tested.addAll(numbers(fold.test()));
      }
      assertEquals(all.size(), tested.size());
    }
  }

  @Test
  void everyImageIsTestedOnce() {
    TreeSet<Integer> tested = new TreeSet<>();
    for (Split fold : Split.folds(hundred(), 5, 3)) {
      assertEquals(List.of(12, 6, 2), counts(fold.test()));
      assertEquals(80, fold.train().size());
      tested.addAll(numbers(fold.test()));
    }
    assertEquals(100, tested.size());
    assertEquals(3, Split.folds(hundred().slice(0, 10), 3, 1).size());
  }

  @Test
  void numbersArePartedToo() {
    Dataset all =
        Dataset.of(new float[] {0, 1, 2, 3}, Shape.of(1), new float[] {4, 5, 6, 7}, Shape.of(1));
    Split split = Split.of(all, 0.25, 1);
    assertEquals(1, split.test().size());
    assertEquals(split.test().features(0)[0] + 4, split.test().target(0)[0]);
    assertArrayEquals(new float[] {6}, all.select(2, 2).target(1));
  }

  @Test
  void whatCannotBePartedIsNamed() {
    Dataset all = hundred();
    assertThrows(PortafilterException.class, () -> Split.of(all, 0, 1));
    assertThrows(PortafilterException.class, () -> Split.of(all, Double.NaN, 1));
    Dataset rows = Dataset.of(new float[100], Shape.of(1), new float[100], Shape.of(1));
    var empty = assertThrows(PortafilterException.class, () -> Split.of(rows, 0.001, 1));
    assertTrue(empty.getMessage().contains("100 images"), empty.getMessage());
    assertTrue(empty.getMessage().contains("0.005"), empty.getMessage());
    var single = assertThrows(PortafilterException.class, () -> Split.of(sorted(1, 1), 0.5, 1));
    assertTrue(single.getMessage().contains("one image of each"), single.getMessage());
    assertThrows(PortafilterException.class, () -> Split.folds(all, 1, 1));
    assertThrows(PortafilterException.class, () -> Split.folds(all, 101, 1));
    assertThrows(PortafilterException.class, () -> all.select(100));
  }
}
