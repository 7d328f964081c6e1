package org.portafilter.oracle;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.graph.Function;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.ConvOracle;
import org.portafilter.testkit.Differences;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.FunctionOracle;
import org.portafilter.testkit.MathOracle;
import org.portafilter.testkit.NormOracle;
import org.portafilter.testkit.PoolOracle;

/** The oracles' gradients against differences of the oracles themselves; no native code runs. */
@Tag("oracle")
class OracleGradientTest {
  private static final double STEP = 1e-5;
  private static final double LIMIT = 1e-7;

  static Stream<Case> convolutions() {
    return Case.family("conv").stream().filter(c -> c.image().count() <= 400);
  }

  @ParameterizedTest
  @MethodSource("convolutions")
  void convolution(Case c) {
    ConvOracle oracle = new ConvOracle(c.image(), c.number("o"), c.window(), c.number("groups", 1));
    double[] x = Draw.uniform("x" + c, c.image().count());
    double[] w = Draw.uniform("w" + c, oracle.weights().count());
    double[] dy = Draw.uniform("dy" + c, oracle.output().count());
    check(
        "dx",
        Differences.gradient(v -> Differences.dot(oracle.forward(v, w), dy), x, STEP),
        oracle.backwardData(dy, w));
    check(
        "dw",
        Differences.gradient(v -> Differences.dot(oracle.forward(x, v), dy), w, STEP),
        oracle.backwardWeights(dy, x));
  }

  static Stream<Case> poolings() {
    return Case.family("pool").stream().filter(c -> c.image().count() <= 400);
  }

  @ParameterizedTest
  @MethodSource("poolings")
  void pooling(Case c) {
    PoolOracle oracle = new PoolOracle(c.image(), c.window());
    double[] x = Draw.uniform("x" + c, c.image().count());
    double[] dy = Draw.uniform("dy" + c, oracle.output().count());
    boolean count = c.number("count", 0) == 1;
    check(
        "average",
        Differences.gradient(v -> Differences.dot(oracle.average(v, count), dy), x, STEP),
        oracle.averageGrad(dy, count));
    double[] switches = oracle.switches(x);
    if (Arrays.stream(switches).allMatch(s -> s >= 0)) {
      check(
          "max",
          Differences.gradient(v -> Differences.dot(oracle.max(v), dy), x, 1e-9),
          oracle.maxGrad(dy, switches),
          1e-5);
    }
  }

  @org.junit.jupiter.api.Test
  void batchNorm() {
    NormOracle oracle = new NormOracle(4, 3, 5, 1e-5);
    double[] x = Draw.uniform("x", 60);
    double[] dy = Draw.uniform("dy", 60);
    double[] gamma = Draw.uniform("gamma", 3);
    double[] beta = Draw.uniform("beta", 3);
    double[][] got = oracle.gradients(dy, x, gamma);
    check("dx", Differences.gradient(v -> loss(oracle, v, gamma, beta, dy), x, STEP), got[0]);
    check("dgamma", Differences.gradient(v -> loss(oracle, x, v, beta, dy), gamma, STEP), got[1]);
    check("dbeta", Differences.gradient(v -> loss(oracle, x, gamma, v, dy), beta, STEP), got[2]);
  }

  private static double loss(
      NormOracle oracle, double[] x, double[] gamma, double[] beta, double[] dy) {
    return Differences.dot(oracle.apply(x, gamma, beta, oracle.mean(x), oracle.variance(x)), dy);
  }

  @ParameterizedTest
  @EnumSource(Function.class)
  void functions(Function function) {
    double[] x = Draw.absolute(Draw.uniform("x" + function, 50));
    boolean above =
        EnumSet.of(Function.LOG, Function.SQRT, Function.POWER, Function.LOG1P).contains(function);
    for (int i = 0; i < x.length; i++) {
      x[i] = 5 * (x[i] + 0.02) * (above || i % 2 == 0 ? 1 : -1);
    }
    double[] slopes = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      slopes[i] = FunctionOracle.slope(function, 0.75, x[i]);
    }
    check(
        function.toString(),
        Differences.gradient(
            v -> Arrays.stream(v).map(at -> FunctionOracle.value(function, 0.75, at)).sum(),
            x,
            STEP),
        slopes);
  }

  @org.junit.jupiter.api.Test
  void crossEntropy() {
    double[] x = Draw.uniform("x", 12);
    int[] labels = {0, 3, 2};
    check(
        "dlogits",
        Differences.gradient(v -> MathOracle.crossEntropy(v, labels, 4), x, STEP),
        MathOracle.crossEntropyGrad(x, labels, 4));
  }

  private static void check(String what, double[] numeric, double[] analytic) {
    check(what, numeric, analytic, LIMIT);
  }

  private static void check(String what, double[] numeric, double[] analytic, double limit) {
    double error = Differences.relativeError(numeric, analytic);
    assertTrue(error <= limit, what + ": relative error " + error);
  }

  @org.junit.jupiter.api.Test
  void shapesOfTheNotes() {
    // Eleven by eleven with four channels, kernel 5, stride 2: V[1,0,0] sums X[2:7, 0:5, :].
    Shape image = Shape.of(1, 4, 11, 11);
    ConvOracle oracle = new ConvOracle(image, 1, Window.of(5).withStride(2), 1);
    assertTrue(oracle.output().equals(Shape.of(1, 1, 4, 4)), oracle.output().toString());
    double[] x = Draw.uniform("x", image.count());
    double[] w = new double[100];
    Arrays.fill(w, 1);
    double sum = 0;
    for (int c = 0; c < 4; c++) {
      for (int row = 2; row < 7; row++) {
        for (int column = 0; column < 5; column++) {
          sum += x[(c * 11 + row) * 11 + column];
        }
      }
    }
    assertTrue(Math.abs(oracle.forward(x, w)[4] - sum) < 1e-12);
  }
}
