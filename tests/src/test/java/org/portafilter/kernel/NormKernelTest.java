package org.portafilter.kernel;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.device.Device;
import org.portafilter.graph.BatchNormGradOp;
import org.portafilter.graph.BatchNormInferenceOp;
import org.portafilter.graph.BatchNormOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.NormOracle;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.Tolerance;

@KernelTest
class NormKernelTest {
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;
  private final OpRunner runner = new OpRunner(Device.cpu());

  static Stream<Arguments> cases() {
    return Case.family("norm").stream()
        .flatMap(c -> Stream.of(Arguments.of(c, DType.FLOAT32), Arguments.of(c, DType.FLOAT64)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyPassEqualsTheOracle(Case c, DType dtype) {
    int n = c.number("n");
    int channels = c.number("c");
    boolean flat = c.number("h") == 0;
    int area = flat ? 1 : c.number("h") * c.number("w");
    Shape shape = flat ? Shape.of(n, channels) : c.image();
    ValueType type = new ValueType(shape, dtype);
    ValueType row = new ValueType(Shape.of(channels), dtype);
    NormOracle oracle = new NormOracle(n, channels, area, EPSILON);
    double[] x = Draw.uniform("x" + c, shape.count());
    double[] dy = Draw.uniform("dy" + c, shape.count());
    double[] gamma = Draw.uniform("gamma" + c, channels);
    double[] beta = Draw.uniform("beta" + c, channels);
    double[] oldMean = Draw.uniform("mean" + c, channels);
    double[] oldVariance = Draw.absolute(Draw.uniform("variance" + c, channels));
    double[] mean = oracle.mean(x);
    double[] variance = oracle.variance(x);

    List<double[]> forward =
        runner.run(
            new BatchNormOp(EPSILON, MOMENTUM),
            dtype,
            new Input(type, x),
            new Input(row, gamma),
            new Input(row, beta),
            new Input(row, oldMean),
            new Input(row, oldVariance));
    Tolerance.STATISTICS.check(
        "y " + c, dtype, oracle.apply(x, gamma, beta, mean, variance), forward.get(0));
    double count = (double) n * area;
    double[] newMean = new double[channels];
    double[] newVariance = new double[channels];
    double[] invStd = new double[channels];
    for (int k = 0; k < channels; k++) {
      double unbiased = count > 1 ? variance[k] * count / (count - 1) : variance[k];
      newMean[k] = (1 - MOMENTUM) * oldMean[k] + MOMENTUM * mean[k];
      newVariance[k] = (1 - MOMENTUM) * oldVariance[k] + MOMENTUM * unbiased;
      invStd[k] = 1 / Math.sqrt(variance[k] + EPSILON);
    }
    Tolerance.STATISTICS.check("new mean " + c, dtype, newMean, forward.get(1));
    Tolerance.STATISTICS.check("new variance " + c, dtype, newVariance, forward.get(2));
    Tolerance.STATISTICS.check("mean " + c, dtype, mean, forward.get(3));
    Tolerance.STATISTICS.check("inverse deviation " + c, dtype, invStd, forward.get(4));

    double[] inference =
        runner
            .run(
                new BatchNormInferenceOp(EPSILON),
                dtype,
                new Input(type, x),
                new Input(row, gamma),
                new Input(row, beta),
                new Input(row, oldMean),
                new Input(row, oldVariance))
            .get(0);
    double[] expected = oracle.apply(x, gamma, beta, oldMean, oldVariance);
    Tolerance.STATISTICS.check("inference " + c, dtype, expected, inference);

    List<double[]> backward =
        runner.run(
            new BatchNormGradOp(),
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

  private static double[] filled(int count, double value) {
    double[] values = new double[count];
    java.util.Arrays.fill(values, value);
    return values;
  }
}
