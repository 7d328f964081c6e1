package org.portafilter.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.graph.Activation;
import org.portafilter.graph.DropoutOp;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Philox;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.MathOracle;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

@KernelTest
class PointwiseKernelTest {
  private final OpRunner runner = new OpRunner(TestDevice.get());

  static Stream<Arguments> cases() {
    return Case.family("pointwise").stream()
        .flatMap(c -> Stream.of(Arguments.of(c, DType.FLOAT32), Arguments.of(c, DType.FLOAT64)));
  }

  private static Input of(DType dtype, double... values) {
    return new Input(new ValueType(Shape.of(values.length), dtype), values);
  }

  private static Input scalar(DType dtype, double value) {
    return new Input(new ValueType(Shape.of(), dtype), new double[] {value});
  }

  @ParameterizedTest
  @MethodSource("cases")
  void arithmeticEqualsTheOracle(Case c, DType dtype) {
    int n = c.number("n");
    double[] a = Draw.uniform("a" + c, n);
    double[] b = Draw.uniform("b" + c, n);
    double[] bytes = new double[n];
    double[] sum = new double[n];
    double[] product = new double[n];
    double[] rescaled = new double[n];
    double[] fromBytes = new double[n];
    for (int i = 0; i < n; i++) {
      bytes[i] = Math.floor(127.5 * (1 + a[i]));
      sum[i] = a[i] + b[i];
      product[i] = a[i] * b[i];
      rescaled[i] = 0.25 * a[i] - 3;
      fromBytes[i] = bytes[i] / 255;
    }
    Tolerance.ROUNDING.check(
        "sum",
        dtype,
        sum,
        runner.run(new PointwiseOp.Add(), dtype, of(dtype, a), of(dtype, b)).get(0));
    Tolerance.ROUNDING.check(
        "product",
        dtype,
        product,
        runner.run(new PointwiseOp.Multiply(), dtype, of(dtype, a), of(dtype, b)).get(0));
    Tolerance.ROUNDING.check(
        "rescale",
        dtype,
        rescaled,
        runner.run(new PointwiseOp.Rescale(0.25, -3), dtype, of(dtype, a)).get(0));
    Tolerance.ROUNDING.check(
        "bytes",
        dtype,
        fromBytes,
        runner.run(new PointwiseOp.Rescale(1 / 255.0, 0), dtype, of(DType.UINT8, bytes)).get(0));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aWeightOfNothingLeavesOut(Case c, DType dtype) {
    int n = c.number("n");
    double[] a = Draw.uniform("a" + c, n);
    double[] b = Draw.uniform("b" + c, n);
    double[] odd = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0};
    double[] weighed = new double[n];
    for (int i = 0; i < n; i++) {
      boolean out = i % 3 == 0;
      a[i] = out ? odd[i / 3 % 4] : a[i];
      b[i] = out ? 0 : b[i];
      weighed[i] = out ? 0 : a[i] * b[i];
    }
    double[] got = runner.run(new PointwiseOp.Weigh(), dtype, of(dtype, a), of(dtype, b)).get(0);
    Tolerance.ROUNDING.check("weighed", dtype, weighed, got);
    Input infinite = of(dtype, Double.POSITIVE_INFINITY, Double.NaN, 2);
    double[] kept =
        runner.run(new PointwiseOp.Weigh(), dtype, infinite, of(dtype, 3, 3, 0.5)).get(0);
    assertEquals(Double.POSITIVE_INFINITY, kept[0]);
    assertTrue(Double.isNaN(kept[1]));
    assertEquals(1, kept[2]);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void activationsEqualTheOracle(Case c, DType dtype) {
    double[] x = Draw.uniform("x" + c, c.number("n"));
    double[] dy = Draw.uniform("dy" + c, c.number("n"));
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (x[i] * 4);
    }
    for (Activation activation : Activation.values()) {
      double[] y = new double[x.length];
      double[] dx = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        y[i] = MathOracle.activate(activation, x[i]);
        dx[i] = dy[i] * MathOracle.derivative(activation, x[i]);
      }
      Tolerance.TRANSCENDENTAL.check(
          "y " + activation,
          dtype,
          y,
          runner.run(new PointwiseOp.Activate(activation), dtype, of(dtype, x)).get(0));
      double[] got =
          runner
              .run(new PointwiseOp.ActivationGrad(activation), dtype, of(dtype, dy), of(dtype, y))
              .get(0);
      // The derivative is formed from a rounded y: 1 - y^2 has the rounding error of 1.
      Tolerance.TRANSCENDENTAL.check("dx " + activation, dtype, dx, got, Draw.absolute(dy));
    }
  }

  @Test
  void extremesStayFinite() {
    double[] x = {-1e30, -100, 100, 1e30, Double.NaN};
    double[] sigmoid =
        runner
            .run(new PointwiseOp.Activate(Activation.SIGMOID), DType.FLOAT32, of(DType.FLOAT32, x))
            .get(0);
    assertEquals(0, sigmoid[0]);
    assertEquals(1, sigmoid[3]);
    assertTrue(Double.isNaN(sigmoid[4]));
    double[] relu =
        runner
            .run(new PointwiseOp.Activate(Activation.RELU), DType.FLOAT32, of(DType.FLOAT32, x))
            .get(0);
    assertTrue(Double.isNaN(relu[4]), "ReLU lets NaN pass");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void dropoutFollowsPhilox(Case c, DType dtype) {
    int n = c.number("n");
    double[] x = Draw.uniform("x" + c, n);
    long seed = 0x123456789abcdefL;
    int stream = 77;
    int step = 5;
    double[] got =
        runner
            .run(
                new DropoutOp(0.25, stream),
                dtype,
                of(dtype, x),
                scalar(DType.INT64, seed),
                scalar(DType.INT64, step))
            .get(0);
    // The seed travels through a double in this runner; what the kernel saw is its rounded value.
    long seen = (long) (double) seed;
    double[] expected = new double[n];
    int[] words = new int[4];
    for (int i = 0; i < n; i++) {
      Philox.words(i / 4, 0, stream, step, (int) seen, (int) (seen >>> 32), words);
      boolean dropped = (words[i % 4] & 0xFFFFFFFFL) < 0.25 * 0x1p32;
      expected[i] = dropped ? 0 : x[i] / 0.75;
    }
    Tolerance.ROUNDING.check("dropout", dtype, expected, got);
  }
}
