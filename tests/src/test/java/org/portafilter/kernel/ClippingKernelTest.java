package org.portafilter.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.device.NotFiniteException;
import org.portafilter.device.OverflowException;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

/** The kernels that bound and guard gradients: formulas of the ops, written out. */
@KernelTest
class ClippingKernelTest {
  private final OpRunner runner = new OpRunner(TestDevice.get());

  static Stream<Arguments> cases() {
    return Case.family("pointwise").stream()
        .flatMap(c -> Stream.of(Arguments.of(c, DType.FLOAT32), Arguments.of(c, DType.FLOAT64)));
  }

  private static Input of(DType dtype, double... values) {
    return new Input(new ValueType(Shape.of(values.length), dtype), values);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void clampAndNormEqualTheFormulas(Case c, DType dtype) {
    int n = c.number("n");
    double[] x = Draw.uniform("x" + c, n);
    double[] clamped = new double[n];
    BigDecimal squares = BigDecimal.ZERO;
    for (int i = 0; i < n; i++) {
      clamped[i] = Math.min(0.25, Math.max(-0.5, x[i]));
      double stored = dtype == DType.FLOAT32 ? (float) x[i] : x[i];
      squares = squares.add(new BigDecimal(stored).multiply(new BigDecimal(stored)));
    }
    Tolerance.ROUNDING.check(
        "clamp",
        dtype,
        clamped,
        runner.run(new PointwiseOp.Clamp(-0.5, 0.25), dtype, of(dtype, x)).get(0));
    double norm = Math.sqrt(squares.doubleValue());
    Tolerance.STATISTICS.check(
        "norm",
        dtype,
        new double[] {norm},
        runner.run(new ReduceOp.EuclideanNorm(), dtype, of(dtype, x)).get(0));
    for (double most : new double[] {norm / 3, norm * 3}) {
      double factor = Math.min(1, most / (norm + 1e-6));
      double[] expected = new double[n];
      for (int i = 0; i < n; i++) {
        expected[i] = factor * x[i];
      }
      Tolerance.PRODUCTS.check(
          "clip to " + most,
          dtype,
          expected,
          runner.run(new PointwiseOp.ClipNorm(most), dtype, of(dtype, x), of(dtype, norm)).get(0));
    }
  }

  /** Squares overflow or vanish, what the root of their sum is fits. */
  @ParameterizedTest
  @MethodSource("cases")
  void aNormFitsWhereItsResultDoes(Case c, DType dtype) {
    int n = c.number("n");
    double[] scales =
        dtype == DType.FLOAT32
            ? new double[] {1e-30, 1e-20, 2e19, 2e31, 1e34}
            : new double[] {1e-300, 1e-200, 1e-154, 1e154, 1e200, 1e304};
    double[] x = Draw.uniform("x" + c, n);
    for (double scale : scales) {
      for (double rest : new double[] {1, 1e-25, 0}) {
        // The last third is of another size, so that slices differ.
        double[] scaled = new double[n];
        double[] squares = new double[n];
        for (int i = 0; i < n; i++) {
          double of = x[i] * (i < 2 * n / 3 || n < 3 ? 1 : rest);
          scaled[i] = of * scale;
          squares[i] = of * of;
        }
        double norm = Math.sqrt(Arrays.stream(squares).sum()) * scale;
        Tolerance.STATISTICS.check(
            "norm at " + scale + " and " + rest,
            dtype,
            new double[] {norm},
            runner.run(new ReduceOp.EuclideanNorm(), dtype, of(dtype, scaled)).get(0));
        double most = dtype == DType.FLOAT32 ? 1e-6 : 1e-250;
        double factor = Math.min(1, most / (norm + 1e-6));
        double[] clipped =
            runner
                .run(new PointwiseOp.ClipNorm(most), dtype, of(dtype, scaled), of(dtype, norm))
                .get(0);
        for (int i = 0; i < n; i++) {
          // By parts: the factor itself may be no number.
          double expected = norm > 1 ? scaled[i] / norm * most : scaled[i] * factor;
          double magnitude = norm > 1 ? most : Math.abs(expected);
          double vanishes = dtype == DType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
          double allowed = Tolerance.PRODUCTS.at(dtype, magnitude) + vanishes;
          assertEquals(expected, clipped[i], allowed, "clipped from " + norm);
        }
      }
    }
  }

  @Test
  void aNormOfWhatIsNotFiniteIsNotFinite() {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      double[] x = new double[100_000];
      for (double bad : new double[] {Double.POSITIVE_INFINITY, Double.NaN}) {
        x[70_000] = bad;
        double norm = runner.run(new ReduceOp.EuclideanNorm(), dtype, of(dtype, x)).get(0)[0];
        assertEquals(bad, norm, dtype.toString());
      }
    }
  }

  @Test
  void clampKeepsNaNAndEndsInfinity() {
    double[] x = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0};
    double[] got =
        runner.run(new PointwiseOp.Clamp(-1, 1), DType.FLOAT32, of(DType.FLOAT32, x)).get(0);
    assertTrue(Double.isNaN(got[0]));
    assertEquals(1, got[1]);
    assertEquals(-1, got[2]);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsNotFiniteEndsTheRun(Case c, DType dtype) {
    int n = c.number("n");
    double[] x = Draw.uniform("x" + c, n);
    Input input = of(dtype, x);
    double[] passed = runner.run(new PointwiseOp.RequireFinite(), dtype, input).get(0);
    for (int i = 0; i < n; i++) {
      assertEquals(dtype == DType.FLOAT32 ? (float) x[i] : x[i], passed[i]);
    }
    for (double bad : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
      double[] bent = x.clone();
      bent[n - 1 - n / 3] = bad;
      for (boolean squares : new boolean[] {false, true}) {
        assertThrows(
            NotFiniteException.class,
            () -> runner.run(new PointwiseOp.RequireFinite(squares), dtype, of(dtype, bent)));
      }
    }
  }

  /** At the very end of the range. */
  @ParameterizedTest
  @MethodSource("cases")
  void theLargestNumberIsFiniteAndItsSquareIsNot(Case c, DType dtype) {
    int n = c.number("n");
    boolean single = dtype == DType.FLOAT32;
    double root = single ? 0x1.fffffep63 : 0x1.fffffffffffffp511;
    double next = single ? 0x1p64 : 0x1p512;
    double[] x = Draw.uniform("x" + c, n);
    x[n / 2] = single ? -Float.MAX_VALUE : -Double.MAX_VALUE;
    assertEquals(
        x[n / 2], runner.run(new PointwiseOp.RequireFinite(), dtype, of(dtype, x)).get(0)[n / 2]);
    x[n / 2] = -root;
    assertEquals(
        -root, runner.run(new PointwiseOp.RequireFinite(true), dtype, of(dtype, x)).get(0)[n / 2]);
    x[n / 2] = -next;
    var e =
        assertThrows(
            NotFiniteException.class,
            () -> runner.run(new PointwiseOp.RequireFinite(true), dtype, of(dtype, x)));
    assertEquals("op", e.path());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void unscaledGradientsAreFiniteAndExact(Case c, DType dtype) {
    int n = c.number("n");
    double[] x = Draw.uniform("x" + c, n);
    Input scale = new Input(new ValueType(Shape.of(), dtype), new double[] {65536});
    double[] got = runner.run(new PointwiseOp.Unscale(), dtype, of(dtype, x), scale).get(0);
    for (int i = 0; i < n; i++) {
      assertEquals((dtype == DType.FLOAT32 ? (float) x[i] : x[i]) / 65536, got[i]);
    }
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      double[] bent = x.clone();
      bent[n / 3] = bad;
      assertThrows(
          OverflowException.class,
          () -> runner.run(new PointwiseOp.Unscale(), dtype, of(dtype, bent), scale));
    }
  }

  @Test
  void aNormOfZerosIsZero() {
    double[] zeros = new double[100];
    assertArrayEquals(
        new double[] {0},
        runner.run(new ReduceOp.EuclideanNorm(), DType.FLOAT32, of(DType.FLOAT32, zeros)).get(0));
    double[] clipped =
        runner
            .run(
                new PointwiseOp.ClipNorm(1),
                DType.FLOAT32,
                of(DType.FLOAT32, zeros),
                of(DType.FLOAT32, 0))
            .get(0);
    assertArrayEquals(zeros, clipped);
  }
}
