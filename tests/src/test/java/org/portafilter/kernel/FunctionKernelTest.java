package org.portafilter.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.FunctionOracle;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

@KernelTest
class FunctionKernelTest {
  private static final double ALPHA = 0.75;

  static Stream<Arguments> cases() {
    return Case.family("pointwise").stream()
        .flatMap(c -> Stream.of(Arguments.of(c, DType.FLOAT32), Arguments.of(c, DType.FLOAT64)));
  }

  /** Numbers in (-6, 6), or in (0, 6) where the function asks for them. */
  private static double[] arguments(Function function, String name, int count) {
    boolean above =
        EnumSet.of(Function.LOG, Function.SQRT, Function.POWER, Function.LOG1P).contains(function);
    double[] x = Draw.uniform("x" + name, count);
    for (int i = 0; i < count; i++) {
      x[i] = (float) (6 * (above ? Math.abs(x[i]) + 0.001 : x[i]));
    }
    return x;
  }

  private static void check(
      OpRunner runner, Function function, Shape shape, DType dtype, double[] x, double[] dy) {
    double[] y = new double[x.length];
    double[] dx = new double[x.length];
    double[] magnitude = new double[x.length];
    double[] slopes = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = FunctionOracle.value(function, ALPHA, x[i]);
      double slope = FunctionOracle.slope(function, ALPHA, x[i]);
      dx[i] = dy[i] * slope;
      // A rounded exponent of size x^2 comes out times that; sums in slopes are of the size of 1.
      magnitude[i] = Math.abs(y[i]) * (1 + x[i] * x[i]);
      if (function == Function.HARD_SIGMOID || function == Function.HARD_SWISH) {
        // Near -3 a sixth and a half cancel.
        magnitude[i] = Math.max(1, Math.abs(x[i]));
      }
      slopes[i] = Math.abs(dy[i]) * Math.max(1, Math.abs(slope)) * (1 + Math.abs(x[i]));
    }
    ValueType type = new ValueType(shape, dtype);
    Input at = new Input(type, x);
    Tolerance.TRANSCENDENTAL.check(
        "y " + function,
        dtype,
        y,
        runner.run(new PointwiseOp.Apply(function, ALPHA), dtype, at).get(0),
        magnitude);
    Tolerance.TRANSCENDENTAL.check(
        "dx " + function,
        dtype,
        dx,
        runner
            .run(new PointwiseOp.FunctionGrad(function, ALPHA), dtype, new Input(type, dy), at)
            .get(0),
        slopes);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void functionsEqualTheOracle(Case c, DType dtype) {
    OpRunner runner = new OpRunner(TestDevice.get());
    int n = c.number("n");
    for (Function function : Function.values()) {
      double[] x = arguments(function, c.toString(), n);
      check(runner, function, Shape.of(n), dtype, x, Draw.uniform("dy" + c, n));
    }
  }

  @ParameterizedTest
  @EnumSource(Function.class)
  void imagesKeepTheirLayout(Function function) {
    OpRunner runner = new OpRunner(TestDevice.get(), TestDevice.inner());
    for (int channels : new int[] {16, 19}) {
      Shape shape = Shape.of(2, channels, 3, 5);
      int n = (int) shape.count();
      double[] x = arguments(function, shape.toString(), n);
      check(runner, function, shape, DType.FLOAT32, x, Draw.uniform("dy" + shape, n));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void clampPassesGradientsWithinItsBounds(Case c, DType dtype) {
    OpRunner runner = new OpRunner(TestDevice.get());
    int n = c.number("n");
    double[] x = Draw.uniform("x" + c, n);
    double[] dy = Draw.uniform("dy" + c, n);
    double[] y = new double[n];
    double[] dx = new double[n];
    for (int i = 0; i < n; i++) {
      y[i] = Math.max(-0.25, Math.min(0.5, x[i]));
      dx[i] = x[i] > -0.25 && x[i] < 0.5 ? dy[i] : 0;
    }
    ValueType type = new ValueType(Shape.of(n), dtype);
    Input at = new Input(type, x);
    Tolerance.EXACT.check(
        "y",
        dtype,
        round(dtype, y),
        runner.run(new PointwiseOp.Clamp(-0.25, 0.5), dtype, at).get(0));
    Tolerance.EXACT.check(
        "dx",
        dtype,
        round(dtype, dx),
        runner.run(new PointwiseOp.ClampGrad(-0.25, 0.5), dtype, new Input(type, dy), at).get(0));
  }

  private static double[] round(DType dtype, double[] values) {
    double[] rounded = values.clone();
    for (int i = 0; dtype == DType.FLOAT32 && i < values.length; i++) {
      rounded[i] = (float) values[i];
    }
    return rounded;
  }

  @Test
  void extremesAreWhatTheFormulasSay() {
    OpRunner runner = new OpRunner(TestDevice.get());
    double[] x = {-1e30, -100, -5, 0, 88, 1e30, Double.NaN};
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      Input at = new Input(new ValueType(Shape.of(x.length), dtype), x);
      for (Function function : Function.values()) {
        double[] y = runner.run(new PointwiseOp.Apply(function, ALPHA), dtype, at).get(0);
        assertTrue(Double.isNaN(y[6]), function + " lets NaN pass, got " + y[6]);
      }
      double[] gelu = runner.run(new PointwiseOp.Apply(Function.GELU), dtype, at).get(0);
      assertEquals(-5 * 2.866515718791939e-7, gelu[2], 1e-5 * 1.4e-6, "the tail keeps its digits");
      assertTrue(gelu[0] == 0, "-0 is 0");
      assertEquals((float) 1e30, (float) gelu[5]);
      double[] softplus = runner.run(new PointwiseOp.Apply(Function.SOFTPLUS), dtype, at).get(0);
      assertEquals(0, softplus[0]);
      assertEquals(88, softplus[4]);
      double[] exp = runner.run(new PointwiseOp.Apply(Function.EXP), dtype, at).get(0);
      assertEquals(1, exp[3]);
      assertEquals(1.6516362549940018e38, exp[4], 1e32);
      assertEquals(0, exp[0]);
      double[] root =
          runner
              .run(
                  new PointwiseOp.FunctionGrad(Function.SQRT, 0),
                  dtype,
                  new Input(at.type(), new double[7]),
                  at)
              .get(0);
      assertEquals(0, root[3], "nothing is asked where the root is infinitely steep");
      double[] log1p = runner.run(new PointwiseOp.Apply(Function.LOG1P), dtype, at).get(0);
      assertEquals(0, log1p[3]);
      double[] elu = runner.run(new PointwiseOp.Apply(Function.ELU, 1), dtype, at).get(0);
      assertEquals(-1, elu[0]);
    }
  }
}
