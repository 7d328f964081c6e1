package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

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
    var empty = assertThrows(PortafilterException.class, () -> Split.of(all, 0.001, 1));
    assertTrue(empty.getMessage().contains("100 images"), empty.getMessage());
    assertThrows(PortafilterException.class, () -> Split.folds(all, 1, 1));
    assertThrows(PortafilterException.class, () -> Split.folds(all, 101, 1));
    assertThrows(PortafilterException.class, () -> all.select(100));
  }
}
