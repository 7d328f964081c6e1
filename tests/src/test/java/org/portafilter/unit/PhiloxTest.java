package org.portafilter.unit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.init.Constant;
import org.portafilter.init.Initializer;
import org.portafilter.init.Normal;
import org.portafilter.init.VarianceScaling;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

@Tag("unit")
class PhiloxTest {
  @Test
  void knownAnswersOfThePaper() {
    // Random123's kat_vectors for philox4x32, 10 rounds.
    int[] out = new int[4];
    Philox.words(0, 0, 0, 0, 0, 0, out);
    assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, out);
    Philox.words(-1, -1, -1, -1, -1, -1, out);
    assertArrayEquals(new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, out);
    Philox.words(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, out);
    assertArrayEquals(new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}, out);
  }

  @Test
  void permutationsHoldEveryNumberOnce() {
    int[] order = new Philox(1, 2).permutation(1000);
    int[] sorted = order.clone();
    Arrays.sort(sorted);
    for (int i = 0; i < sorted.length; i++) {
      assertEquals(i, sorted[i]);
    }
  }

  @Test
  void initializersHaveTheVarianceOfTheirPaper() {
    Shape conv = Shape.of(64, 32, 3, 3);
    double in = 32 * 9;
    double out = 64 * 9;
    variance(VarianceScaling.kaiming(), conv, 2 / in);
    variance(VarianceScaling.xavier(), conv, 2 / (in + out));
    variance(new VarianceScaling(1, VarianceScaling.Fan.OUT, false), conv, 1 / out);
    variance(Normal.of(0.01), conv, 1e-4);
    for (double value : Constant.of(0.01).values(Shape.of(7), new Philox(1, 1))) {
      assertEquals(0.01, value);
    }
  }

  private static void variance(Initializer initializer, Shape shape, double expected) {
    double[] values = initializer.values(shape, new Philox(3, 4));
    double mean = Arrays.stream(values).average().orElseThrow();
    double variance =
        Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    assertEquals(0, mean, 5 * Math.sqrt(expected / values.length));
    assertEquals(expected, variance, expected * 0.05);
  }
}
