package org.portafilter.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.init.Constant;
import org.portafilter.init.Dirac;
import org.portafilter.init.Initializer;
import org.portafilter.init.Normal;
import org.portafilter.init.Orthogonal;
import org.portafilter.init.TruncatedNormal;
import org.portafilter.init.Uniform;
import org.portafilter.init.VarianceScaling;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

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
    variance(VarianceScaling.lecun(), conv, 1 / in);
    variance(VarianceScaling.kaiming().withUniform(true), conv, 2 / in);
    variance(Uniform.of(-0.3, 0.3), conv, 0.03);
    variance(TruncatedNormal.of(0.02), conv, 4e-4);
    for (double value : TruncatedNormal.of(0.02).values(conv, new Philox(1, 1))) {
      assertTrue(Math.abs(value) <= 2 * 0.02 / 0.8796);
    }
    for (double value : Constant.of(0.01).values(Shape.of(7), new Philox(1, 1))) {
      assertEquals(0.01, value);
    }
  }

  @Test
  void orthogonalRowsOrColumnsAreOrthonormal() {
    for (Shape shape : new Shape[] {Shape.of(5, 3, 2, 2), Shape.of(12, 5), Shape.of(4, 4)}) {
      int rows = (int) shape.dim(0);
      int columns = (int) shape.count() / rows;
      double[] values = Orthogonal.of(2).values(shape, new Philox(5, 6));
      int count = Math.min(rows, columns);
      for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
          double dot = 0;
          for (int k = 0; k < Math.max(rows, columns); k++) {
            dot +=
                rows <= columns
                    ? values[i * columns + k] * values[j * columns + k]
                    : values[k * columns + i] * values[k * columns + j];
          }
          assertEquals(i == j ? 4 : 0, dot, 1e-12, shape + " " + i + " " + j);
        }
      }
    }
    var e =
        assertThrows(
            PortafilterException.class,
            () -> Orthogonal.of().values(Shape.of(5), new Philox(1, 1)));
    assertTrue(e.getMessage().contains("shape 5"), e.getMessage());
  }

  @Test
  void diracPassesChannelsOn() {
    double[] values = Dirac.of().values(Shape.of(2, 2, 3, 3), new Philox(1, 1));
    double[] expected = new double[36];
    expected[4] = 1;
    expected[3 * 9 + 4] = 1;
    assertArrayEquals(expected, values);
    assertArrayEquals(
        new double[] {1, 1, 1}, Dirac.of().values(Shape.of(3, 1, 1, 1), new Philox(1, 1)));
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
