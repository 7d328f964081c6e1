package org.portafilter.kernel;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.portafilter.graph.ConvOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

@KernelTest
class FoldKernelTest {
  private static final double EPSILON = 1e-5;

  @ParameterizedTest
  @CsvSource({"1, 1, 1, FLOAT32", "17, 5, 3, FLOAT32", "64, 32, 1, FLOAT32", "7, 3, 5, FLOAT64"})
  void scaledWeightsAndShiftedBiasEqualTheFormula(int o, int c, int k, DType dtype) {
    String name = o + "x" + c + "x" + k;
    int row = c * k * k;
    double[] w = Draw.uniform("w" + name, (long) o * row);
    double[] gamma = Draw.uniform("gamma" + name, o);
    double[] beta = Draw.uniform("beta" + name, o);
    double[] mean = Draw.uniform("mean" + name, o);
    double[] variance = Draw.absolute(Draw.uniform("variance" + name, o));
    double[] bias = Draw.uniform("bias" + name, o);
    ValueType weights = new ValueType(Shape.of(o, c, k, k), dtype);
    ValueType channels = new ValueType(Shape.of(o), dtype);
    for (boolean biased : new boolean[] {false, true}) {
      List<Input> inputs =
          new ArrayList<>(
              List.of(
                  new Input(weights, w),
                  new Input(channels, gamma),
                  new Input(channels, beta),
                  new Input(channels, mean),
                  new Input(channels, variance)));
      if (biased) {
        inputs.add(new Input(channels, bias));
      }
      List<double[]> got =
          new OpRunner(TestDevice.get())
              .run(new ConvOp.FoldNorm(EPSILON, biased), dtype, inputs.toArray(Input[]::new));
      double[] expectedWeights = new double[w.length];
      double[] expectedBias = new double[o];
      double[] size = new double[o];
      for (int i = 0; i < o; i++) {
        double scale = gamma[i] / Math.sqrt(variance[i] + EPSILON);
        double centred = (biased ? bias[i] : 0) - mean[i];
        expectedBias[i] = scale * centred + beta[i];
        size[i] = Math.abs(scale * centred) + Math.abs(beta[i]);
        for (int j = 0; j < row; j++) {
          expectedWeights[i * row + j] = scale * w[i * row + j];
        }
      }
      Tolerance.ROUNDING.check(
          "weights " + name, dtype, expectedWeights, got.get(0), Draw.absolute(expectedWeights));
      Tolerance.ROUNDING.check("bias " + name, dtype, expectedBias, got.get(1), size);
    }
  }
}
