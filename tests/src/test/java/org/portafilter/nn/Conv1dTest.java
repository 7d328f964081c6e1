package org.portafilter.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.init.Values;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

/** Convolution over sequences against plain sums. */
@Tag("layer")
class Conv1dTest {
  private static final int BATCH = 2;

  /** What a convolution is told, and the sequence it slides over. */
  record Told(
      int channels,
      int length,
      int outputs,
      int kernel,
      int stride,
      int before,
      int after,
      int dilation,
      int groups,
      boolean bias) {
    Conv1d layer() {
      return Conv1d.of(outputs, kernel)
          .withStride(stride)
          .withPadding(before, after)
          .withDilation(dilation)
          .withGroups(groups)
          .withBias(bias);
    }

    int outputLength() {
      return (length + before + after - dilation * (kernel - 1) - 1) / stride + 1;
    }

    /** Every output; or with absolute values the magnitude of what was summed. */
    double[] expected(double[] x, double[] weights, double[] biases) {
      int in = channels / groups;
      int out = outputs / groups;
      double[] y = new double[BATCH * outputs * outputLength()];
      for (int at = 0; at < y.length; at++) {
        int position = at % outputLength();
        int output = at / outputLength() % outputs;
        int image = at / outputLength() / outputs;
        y[at] = bias ? biases[output] : 0;
        for (int c = 0; c < in; c++) {
          for (int k = 0; k < kernel; k++) {
            int from = position * stride + k * dilation - before;
            if (from >= 0 && from < length) {
              int channel = output / out * in + c;
              y[at] +=
                  weights[(output * in + c) * kernel + k]
                      * x[(image * channels + channel) * length + from];
            }
          }
        }
      }
      return y;
    }
  }

  static Stream<Arguments> convolutions() {
    return Stream.of(
            new Told(3, 11, 4, 3, 1, 0, 0, 1, 1, true),
            new Told(3, 11, 4, 3, 1, 2, 0, 1, 1, true),
            new Told(3, 11, 4, 3, 1, 0, 2, 1, 1, true),
            new Told(2, 12, 3, 4, 3, 3, 1, 1, 1, false),
            new Told(4, 13, 6, 3, 2, 4, 0, 2, 2, true),
            new Told(4, 9, 4, 2, 1, 1, 3, 4, 4, false),
            new Told(16, 33, 32, 5, 1, 4, 0, 1, 1, true),
            new Told(1, 1, 1, 3, 1, 0, 2, 1, 1, true))
        .map(Arguments::of);
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  @ParameterizedTest
  @MethodSource("convolutions")
  void itIsTheSumOverEachWindow(Told told) {
    Shape input = Shape.of(told.channels, told.length);
    double[] x = Draw.uniform("x" + told, BATCH * input.count());
    try (Network net = Network.create(told.layer(), input, TestDevice.get(), 7)) {
      double[] weights = doubles(net.state().get("weights").floats());
      double[] biases = Draw.uniform("bias" + told, told.outputs);
      if (told.bias) {
        net.state().get("bias").write(biases);
      }
      assertEquals(Shape.of(told.outputs, told.outputLength()), net.output());
      double[] magnitude =
          told.expected(Draw.absolute(x), Draw.absolute(weights), Draw.absolute(biases));
      try (Predictor predictor = net.session(BATCH)) {
        double[] got = doubles(predictor.predict(floats(x)));
        double[] expected = told.expected(x, weights, biases);
        Tolerance.PRODUCTS.check(told.toString(), DType.FLOAT32, expected, got, magnitude);
      }
    }
  }

  /** Worked by hand: a causal difference sees no future, its mirror no past. */
  @Test
  void paddingBeforeAndAfterAreNotTheSame() {
    Conv1d difference = Conv1d.of(1, 2).withInitializer(Values.of(-1, 1)).withBias(false);
    float[] x = {1, 4, 9, 16};
    assertArrayEquals(new float[] {1, 3, 5, 7}, run(difference.withPadding(1, 0), x));
    assertArrayEquals(new float[] {3, 5, 7, -16}, run(difference.withPadding(0, 1), x));
    assertArrayEquals(new float[] {1, 3, 5, 7, -16}, run(difference.withPadding(1), x));
  }

  private static float[] run(Conv1d layer, float[] x) {
    try (Network net = Network.create(layer, Shape.of(1, x.length), TestDevice.get(), 1);
        Predictor predictor = net.session(1)) {
      return predictor.predict(x);
    }
  }
}
