package org.portafilter.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.shape.Shape;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.TestDevice;

/** Norms of layers, groups and instances against their formula. */
@Tag("layer")
class GroupNormTest {
  private static final Shape IMAGE = Shape.of(6, 3, 5);
  private static final int BATCH = 3;

  /** {@code gamma (x - mean) / sqrt(variance + epsilon) + beta}, gamma and beta of each value. */
  private static double[] expected(float[] x, int groups, double[] gamma, double[] beta) {
    int count = (int) IMAGE.count();
    int each = count / groups;
    double[] y = new double[x.length];
    for (int start = 0; start < x.length; start += each) {
      double mean = 0;
      double variance = 0;
      for (int i = start; i < start + each; i++) {
        mean += x[i] / (double) each;
      }
      for (int i = start; i < start + each; i++) {
        variance += (x[i] - mean) * (x[i] - mean) / each;
      }
      for (int i = start; i < start + each; i++) {
        double normal = (x[i] - mean) / Math.sqrt(variance + 1e-3);
        y[i] = gamma[i % count] * normal + beta[i % count];
      }
    }
    return y;
  }

  private static void check(Layer layer, int groups, boolean perValue) {
    int count = (int) IMAGE.count();
    int channels = (int) IMAGE.dim(0);
    double[] drawn = Draw.uniform("x", (long) BATCH * count);
    float[] x = new float[drawn.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (3 * drawn[i] + 10);
    }
    double[] gammas = Draw.uniform("gamma", perValue ? count : channels);
    double[] betas = Draw.uniform("beta", perValue ? count : channels);
    double[] gamma = new double[count];
    double[] beta = new double[count];
    for (int i = 0; i < count; i++) {
      int at = perValue ? i : i / (count / channels);
      gamma[i] = gammas[at];
      beta[i] = betas[at];
    }
    try (Network net = Network.create(layer, IMAGE, TestDevice.get(), 1)) {
      net.state().get("gamma").write(gammas);
      net.state().get("beta").write(betas);
      double[] y = expected(x, groups, gamma, beta);
      try (Predictor predictor = net.session(BATCH)) {
        float[] got = predictor.predict(x);
        for (int i = 0; i < y.length; i++) {
          assertEquals(y[i], got[i], 2e-5, layer + " " + i);
        }
      }
    }
  }

  /** The paper's sums over five neighbouring channels. */
  @Test
  void neighboursShareTheirResponse() {
    int plane = 15;
    double[] drawn = Draw.uniform("x", (long) BATCH * 6 * plane);
    float[] x = new float[drawn.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (30 * drawn[i]);
    }
    Layer layer = LocalResponseNorm.of(5).withAlpha(5e-4).withK(2);
    try (Network net = Network.create(layer, IMAGE, TestDevice.get(), 1);
        Predictor predictor = net.session(BATCH)) {
      float[] got = predictor.predict(x);
      for (int i = 0; i < x.length; i++) {
        int channel = i / plane % 6;
        double sum = 0;
        for (int c = Math.max(0, channel - 2); c <= Math.min(5, channel + 2); c++) {
          double neighbour = x[i + (c - channel) * plane];
          sum += neighbour * neighbour;
        }
        assertEquals(x[i] / Math.pow(2 + 1e-4 * sum, 0.75), got[i], 1e-5 * 30, "" + i);
      }
    }
  }

  @Test
  void theyFollowTheFormula() {
    check(GroupNorm.of(2).withEpsilon(1e-3), 2, false);
    check(GroupNorm.of(1).withEpsilon(1e-3), 1, false);
    check(GroupNorm.perChannel().withEpsilon(1e-3), 6, false);
    check(LayerNorm.of().withEpsilon(1e-3), 1, true);
  }
}
