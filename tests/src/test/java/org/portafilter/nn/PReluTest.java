package org.portafilter.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.portafilter.shape.Shape;
import org.portafilter.testkit.TestDevice;

/** The learned slope against its formula, with a slope for each channel. */
@Tag("layer")
class PReluTest {
  @ParameterizedTest
  @ValueSource(strings = {"3", "3x2x2", "3x2x5"})
  void eachChannelHasItsSlopeBelowZero(String sizes) {
    long[] dims = Arrays.stream(sizes.split("x")).mapToLong(Long::parseLong).toArray();
    Shape input = Shape.of(dims);
    int count = (int) input.count();
    float[] slopes = {0.5f, -2, 0};
    float[] x = new float[2 * count];
    float[] expected = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = i % 4 == 0 ? 0 : (i % 2 == 0 ? 1 : -1) * (1 + i / 8f);
      float slope = slopes[i % count / (count / 3)];
      expected[i] = x[i] > 0 ? x[i] : slope * x[i];
    }
    try (Network net = Network.create(PRelu.of(0.25), input, TestDevice.get(), 1)) {
      assertArrayEquals(new float[] {0.25f, 0.25f, 0.25f}, net.state().get("slope").floats());
      net.state().get("slope").write(new double[] {0.5, -2, 0});
      try (Predictor predictor = net.session(2)) {
        float[] got = predictor.predict(x);
        for (int i = 0; i < got.length; i++) {
          assertEquals(expected[i], got[i], 0f, "element " + i + " of " + x[i]);
        }
      }
    }
  }
}
