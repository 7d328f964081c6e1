package org.portafilter.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.graph.Activation;
import org.portafilter.graph.NormOp;
import org.portafilter.graph.Op;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.Case.Variant;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.NormOracle;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

@KernelTest
class NormKernelTest {
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;

  static Stream<Variant> cases() {
    return Case.family("norm").stream()
        .flatMap(c -> c.variants(c.number("h") == 0 ? 0 : c.number("c")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyPassEqualsTheOracle(Variant variant) {
    Passes passes = new Passes(variant);
    passes.training();
    passes.inference();
    passes.backward();
  }

  /** One case's values, and what each pass must make of them. */
  private static final class Passes {
    final Case c;
    final DType dtype;
    final OpRunner runner;
    final int channels;
    final double count;
    final ValueType type;
    final ValueType row;
    final NormOracle oracle;
    final double[] x;
    final double[] dy;
    final double[] gamma;
    final double[] beta;
    final double[] oldMean;
    final double[] oldVariance;
    final double[] mean;
    final double[] variance;
    final double[] invStd;

    Passes(Variant variant) {
      c = variant.work();
      dtype = variant.dtype();
      runner = new OpRunner(TestDevice.get(), variant.layout());
      int n = c.number("n");
      channels = c.number("c");
      boolean flat = c.number("h") == 0;
      int area = flat ? 1 : c.number("h") * c.number("w");
      count = (double) n * area;
      Shape shape = flat ? Shape.of(n, channels) : c.image();
      type = new ValueType(shape, dtype);
      row = new ValueType(Shape.of(channels), dtype);
      oracle = new NormOracle(n, channels, area, EPSILON);
      x = Draw.uniform("x" + c, shape.count());
      dy = Draw.uniform("dy" + c, shape.count());
      gamma = Draw.uniform("gamma" + c, channels);
      beta = Draw.uniform("beta" + c, channels);
      oldMean = Draw.uniform("mean" + c, channels);
      oldVariance = Draw.absolute(Draw.uniform("variance" + c, channels));
      mean = oracle.mean(x);
      variance = oracle.variance(x);
      invStd = new double[channels];
      Arrays.setAll(invStd, k -> 1 / Math.sqrt(variance[k] + EPSILON));
    }

    void training() {
      List<double[]> forward =
          runner.run(
              new NormOp.Training(EPSILON, MOMENTUM),
              dtype,
              new Input(type, x),
              new Input(row, gamma),
              new Input(row, beta),
              new Input(row, oldMean),
              new Input(row, oldVariance));
      Tolerance.STATISTICS.check(
          "y " + c, dtype, oracle.apply(x, gamma, beta, mean, variance), forward.get(0));
      double[] newMean = new double[channels];
      double[] newVariance = new double[channels];
      for (int k = 0; k < channels; k++) {
        double unbiased = count > 1 ? variance[k] * count / (count - 1) : variance[k];
        newMean[k] = (1 - MOMENTUM) * oldMean[k] + MOMENTUM * mean[k];
        newVariance[k] = (1 - MOMENTUM) * oldVariance[k] + MOMENTUM * unbiased;
      }
      Tolerance.STATISTICS.check("new mean " + c, dtype, newMean, forward.get(1));
      Tolerance.STATISTICS.check("new variance " + c, dtype, newVariance, forward.get(2));
      Tolerance.STATISTICS.check("mean " + c, dtype, mean, forward.get(3));
      Tolerance.STATISTICS.check("inverse deviation " + c, dtype, invStd, forward.get(4));
    }

    void inference() {
      double[] inference =
          runner
              .run(
                  new NormOp.Inference(EPSILON),
                  dtype,
                  new Input(type, x),
                  new Input(row, gamma),
                  new Input(row, beta),
                  new Input(row, oldMean),
                  new Input(row, oldVariance))
              .get(0);
      double[] expected = oracle.apply(x, gamma, beta, oldMean, oldVariance);
      Tolerance.STATISTICS.check("inference " + c, dtype, expected, inference);
    }

    void backward() {
      List<double[]> backward =
          runner.run(
              new NormOp.Grad(Activation.IDENTITY, false),
              dtype,
              new Input(type, dy),
              new Input(type, x),
              new Input(row, gamma),
              new Input(row, mean),
              new Input(row, invStd));
      double[][] gradients = oracle.gradients(dy, x, gamma);
      // dx is a difference of terms of the size gamma / deviation: that is its magnitude.
      double most = 0;
      for (int k = 0; k < channels; k++) {
        most = Math.max(most, invStd[k]);
      }
      Tolerance.STATISTICS.check(
          "dx " + c, dtype, gradients[0], backward.get(0), filled(gradients[0].length, most));
      Tolerance.STATISTICS.check(
          "dgamma " + c, dtype, gradients[1], backward.get(1), filled(channels, most * count));
      Tolerance.STATISTICS.check("dbeta " + c, dtype, gradients[2], backward.get(2));
    }
  }

  /** With a residual and a ReLU, as fusion makes them: the same as one op after the other. */
  @ParameterizedTest
  @MethodSource("cases")
  void fusedEqualsOneAfterTheOther(Variant variant) {
    Case c = variant.work();
    DType dtype = variant.dtype();
    OpRunner runner = new OpRunner(TestDevice.get(), variant.layout());
    int channels = c.number("c");
    Shape shape = shape(c);
    Input x = new Input(new ValueType(shape, dtype), Draw.uniform("x" + c, shape.count()));
    Input more = new Input(x.type(), Draw.uniform("more" + c, shape.count()));
    Input dy = new Input(x.type(), Draw.uniform("dy" + c, shape.count()));
    Input[] rows = new Input[4];
    for (int i = 0; i < rows.length; i++) {
      ValueType row = new ValueType(Shape.of(channels), dtype);
      rows[i] = new Input(row, Draw.absolute(Draw.uniform("row" + i + c, channels)));
    }
    for (Activation activation : List.of(Activation.IDENTITY, Activation.RELU)) {
      List<double[]> norm =
          runner.run(
              new NormOp.Training(EPSILON, MOMENTUM), dtype, x, rows[0], rows[1], rows[2], rows[3]);
      Op fused = new NormOp.Training(EPSILON, MOMENTUM, activation, true);
      List<double[]> got = runner.run(fused, dtype, x, rows[0], rows[1], rows[2], rows[3], more);
      double[] wanted = joined(norm.get(0), more.values(), activation);
      Tolerance.STATISTICS.check("y " + c, dtype, wanted, got.get(0));
      for (int i = 1; i < 5; i++) {
        Tolerance.EXACT.check("statistics " + c, dtype, norm.get(i), got.get(i));
      }

      double[] inference =
          runner
              .run(new NormOp.Inference(EPSILON), dtype, x, rows[0], rows[1], rows[2], rows[3])
              .get(0);
      Op fusedInference = new NormOp.Inference(EPSILON, activation, true);
      Tolerance.STATISTICS.check(
          "inference " + c,
          dtype,
          joined(inference, more.values(), activation),
          runner.run(fusedInference, dtype, x, rows[0], rows[1], rows[2], rows[3], more).get(0));
    }

    Input y = new Input(x.type(), joined(x.values(), more.values(), Activation.RELU));
    double[] masked = dy.values().clone();
    for (int i = 0; i < masked.length; i++) {
      masked[i] = y.values()[i] > 0 ? masked[i] : 0;
    }
    List<double[]> wanted =
        runner.run(
            new NormOp.Grad(Activation.IDENTITY, false),
            dtype,
            new Input(x.type(), masked),
            x,
            rows[0],
            rows[1],
            rows[2]);
    List<double[]> got =
        runner.run(
            new NormOp.Grad(Activation.RELU, true), dtype, dy, x, rows[0], rows[1], rows[2], y);
    for (int i = 0; i < 3; i++) {
      Tolerance.EXACT.check("gradient " + i + " " + c, dtype, wanted.get(i), got.get(i));
    }
  }

  /** Where nothing was added, the gradient's mask found again from x and beta is the output's. */
  @ParameterizedTest
  @MethodSource("cases")
  void maskFoundAgainEqualsTheOutputs(Variant variant) {
    Case c = variant.work();
    DType dtype = variant.dtype();
    OpRunner runner = new OpRunner(TestDevice.get(), variant.layout());
    int channels = c.number("c");
    Shape shape = shape(c);
    Input x = new Input(new ValueType(shape, dtype), Draw.uniform("x" + c, shape.count()));
    Input dy = new Input(x.type(), Draw.uniform("dy" + c, shape.count()));
    ValueType row = new ValueType(Shape.of(channels), dtype);
    Input gamma = new Input(row, Draw.uniform("gamma" + c, channels));
    Input beta = new Input(row, Draw.uniform("beta" + c, channels));
    Input zeros = new Input(row, new double[channels]);
    List<double[]> forward =
        runner.run(
            new NormOp.Training(EPSILON, MOMENTUM, Activation.RELU, false),
            dtype,
            x,
            gamma,
            beta,
            zeros,
            zeros);
    Input y = new Input(x.type(), forward.get(0));
    Input mean = new Input(row, forward.get(3));
    Input invStd = new Input(row, forward.get(4));
    List<double[]> wanted =
        runner.run(new NormOp.Grad(Activation.RELU, true), dtype, dy, x, gamma, mean, invStd, y);
    List<double[]> got =
        runner.run(
            new NormOp.Grad(Activation.RELU, false), dtype, dy, x, gamma, mean, invStd, beta);
    for (int i = 0; i < 3; i++) {
      Tolerance.EXACT.check("gradient " + i + " " + c, dtype, wanted.get(i), got.get(i));
    }
  }

  /** N x C where a case has no height. */
  private static Shape shape(Case c) {
    return c.number("h") == 0 ? Shape.of(c.number("n"), c.number("c")) : c.image();
  }

  private static double[] joined(double[] a, double[] b, Activation activation) {
    double[] sum = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      sum[i] = activation == Activation.RELU ? Math.max(0, a[i] + b[i]) : a[i] + b[i];
    }
    return sum;
  }

  private static double[] filled(int count, double value) {
    double[] values = new double[count];
    Arrays.fill(values, value);
    return values;
  }
}
