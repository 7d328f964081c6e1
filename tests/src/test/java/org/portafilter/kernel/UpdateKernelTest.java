package org.portafilter.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;
import org.portafilter.testkit.UpdateOracle;

@KernelTest
class UpdateKernelTest {
  private static final double RATE = 0.125;
  private final OpRunner runner = new OpRunner(TestDevice.get());

  static Stream<Arguments> cases() {
    return Case.family("pointwise").stream()
        .flatMap(c -> Stream.of(Arguments.of(c, DType.FLOAT32), Arguments.of(c, DType.FLOAT64)));
  }

  private static Input scalar(DType dtype, double value) {
    return new Input(new ValueType(Shape.of(), dtype), new double[] {value});
  }

  @ParameterizedTest
  @MethodSource("cases")
  void updatesEqualTheOracle(Case c, DType dtype) {
    for (UpdateRule rule : UpdateRule.values()) {
      for (int step : new int[] {0, 5}) {
        check(new UpdateOp.Step(rule, 0.875, 0.96875, 1e-6, 0, 0), c, dtype, step);
        UpdateOp.Step op = new UpdateOp.Step(rule, 0.9, 0.999, 1e-3, 0.25, 0.5).withRateScale(0.75);
        check(op.withMomentumDecay(0.004), c, dtype, step);
      }
    }
  }

  /** The momentum's product is of the step alone: no step comes before these. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void nadamsMomentumIsThatOfItsStep(DType dtype) {
    Case c = Case.family("pointwise").get(0);
    for (double decay : new double[] {0, 1e-9, 0.004, 0.25, 1, 100, Double.POSITIVE_INFINITY}) {
      for (double beta1 : new double[] {0, 0.5, 0.9, 0.9999}) {
        UpdateOp.Step op = new UpdateOp.Step(UpdateRule.NADAM, beta1, 0.67, 1e-5, 0, 0);
        for (int step : new int[] {0, 1, 2, 9, 99, 9_999, 1_000_000}) {
          check(op.withMomentumDecay(decay), c, dtype, step);
        }
      }
    }
  }

  private void check(UpdateOp.Step op, Case c, DType dtype, int step) {
    int n = c.number("n");
    ValueType type = new ValueType(Shape.of(n), dtype);
    double[] w = Draw.uniform("w" + c, n);
    double[] dw = Draw.uniform("dw" + c, n);
    int moments = op.rule().moments();
    List<double[]> memory = new ArrayList<>();
    List<Input> inputs =
        new ArrayList<>(
            List.of(
                new Input(type, w),
                new Input(type, dw),
                scalar(DType.FLOAT64, RATE),
                scalar(DType.INT64, step)));
    for (int i = 0; i < moments; i++) {
      // Squares are not negative; a mean of gradients may be.
      double[] drawn = Draw.uniform("memory" + i + c, n);
      memory.add(isOfSquares(op.rule(), i) ? Draw.absolute(drawn) : drawn);
      inputs.add(new Input(type, memory.get(i)));
    }
    UpdateOracle oracle = new UpdateOracle(op, RATE, step + 1);
    double[][] expected = new double[1 + moments][n];
    double[] magnitude = new double[n];
    for (int i = 0; i < n; i++) {
      double[] now = new double[moments];
      for (int k = 0; k < moments; k++) {
        now[k] = memory.get(k)[i];
      }
      double[] updated = oracle.of(w[i], dw[i], now);
      for (int k = 0; k <= moments; k++) {
        expected[k][i] = updated[k];
      }
      // The step is a quotient of rounded numbers, and may be larger than what it leaves.
      magnitude[i] = Math.abs(w[i]) + Math.abs(updated[0] - w[i]) + 1;
    }
    List<double[]> got = runner.run(op, dtype, inputs.toArray(Input[]::new));
    Tolerance.TRANSCENDENTAL.check(op + " w", dtype, expected[0], got.get(0), magnitude);
    for (int k = 1; k <= moments; k++) {
      Tolerance.TRANSCENDENTAL.check(
          op + " " + k, dtype, expected[k], got.get(k), sizes(expected[k]));
    }
  }

  /** What is remembered are sums of numbers of size 1 or so, which may cancel. */
  private static double[] sizes(double[] values) {
    return Arrays.stream(values).map(value -> 1 + Math.abs(value)).toArray();
  }

  private static boolean isOfSquares(UpdateRule rule, int memory) {
    return switch (rule) {
      case MOMENTUM, NESTEROV, LION -> false;
      case ADAGRAD, RMSPROP, ADADELTA -> true;
      case RMSPROP_MOMENTUM -> memory == 0;
      default -> memory > 0;
    };
  }

  /** The ratio is no number, but what it leaves of the direction is. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void aTrustedStepMayHaveAnyRatio(DType dtype) {
    double large = dtype == DType.FLOAT32 ? 1e20 : 1e160;
    double[] w = {1 * large, 2 * large, 2 * large};
    double[] d = {2 / large, -2 / large, 1 / large};
    ValueType type = new ValueType(Shape.of(3), dtype);
    ValueType norm = new ValueType(Shape.of(1), dtype);
    double[] got =
        runner
            .run(
                new UpdateOp.TrustRatio(0.5),
                dtype,
                new Input(type, w),
                new Input(type, d),
                scalar(DType.FLOAT64, 1),
                new Input(norm, new double[] {3 * large}),
                new Input(norm, new double[] {3 / large}))
            .get(0);
    Tolerance.ROUNDING.check("trust", dtype, new double[] {0, 3 * large, 1.5 * large}, got);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aTrustedStepFollowsTheNorms(Case c, DType dtype) {
    int n = c.number("n");
    double[] w = Draw.uniform("w" + c, n);
    double[] d = Draw.uniform("d" + c, n);
    ValueType type = new ValueType(Shape.of(n), dtype);
    boolean single = dtype == DType.FLOAT32;
    double large = single ? 1e20 : 1e160;
    double[][] pairs = {{3, 2}, {0, 2}, {3, 0}, {3 * large, 2 * large}, {3 / large, 2 / large}};
    for (double[] norms : pairs) {
      double ratio = norms[0] > 0 && norms[1] > 0 ? norms[0] / norms[1] : 1;
      double[] expected = new double[n];
      for (int i = 0; i < n; i++) {
        expected[i] = w[i] - 0.5 * RATE * ratio * d[i];
      }
      double[] got =
          runner
              .run(
                  new UpdateOp.TrustRatio(0.5),
                  dtype,
                  new Input(type, w),
                  new Input(type, d),
                  scalar(DType.FLOAT64, RATE),
                  new Input(new ValueType(Shape.of(1), dtype), new double[] {norms[0]}),
                  new Input(new ValueType(Shape.of(1), dtype), new double[] {norms[1]}))
              .get(0);
      Tolerance.ROUNDING.check("trust " + ratio, dtype, expected, got);
    }
  }
}
