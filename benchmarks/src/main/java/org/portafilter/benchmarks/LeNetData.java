package org.portafilter.benchmarks;

import org.portafilter.tensor.Philox;

/**
 * The weights and images every contender uses: functions of a fixed seed, in the order of the
 * layers.
 */
final class LeNetData {
  /** Shapes of the parameters: weights and biases of two convolutions and two dense layers. */
  static final int[][] SHAPES = {
    {20, 1, 5, 5}, {20}, {50, 20, 5, 5}, {50}, {500, 800}, {500}, {10, 500}, {10}
  };

  static final int PIXELS = 28 * 28;
  static final int CLASSES = 10;
  static final double LEARNING_RATE = 1e-3;

  private LeNetData() {}

  static float[] parameter(int index) {
    int[] shape = SHAPES[index];
    int count = 1;
    int fan = 1;
    for (int i = 0; i < shape.length; i++) {
      count *= shape[i];
      fan *= i > 0 ? shape[i] : 1;
    }
    Philox random = new Philox(7, index);
    float[] values = new float[count];
    double deviation = shape.length == 1 ? 0.01 : Math.sqrt(2.0 / fan);
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  static byte[] images(int batch) {
    Philox random = new Philox(8, batch);
    byte[] images = new byte[batch * PIXELS];
    for (int i = 0; i < images.length; i++) {
      images[i] = (byte) random.nextInt();
    }
    return images;
  }

  static int[] labels(int batch) {
    Philox random = new Philox(9, batch);
    int[] labels = new int[batch];
    for (int i = 0; i < batch; i++) {
      labels[i] = random.nextInt(CLASSES);
    }
    return labels;
  }
}
