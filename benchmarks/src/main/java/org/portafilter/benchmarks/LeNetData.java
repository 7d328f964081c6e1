package org.portafilter.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
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

  /** The network in this library's layers. */
  static Layer layers() {
    return Sequential.of(
        Rescale.of(1 / 255.0),
        Conv2d.of(20, 5),
        Relu.of(),
        MaxPool.of(2),
        Conv2d.of(50, 5),
        Relu.of(),
        MaxPool.of(2),
        Flatten.of(),
        Dense.of(500),
        Relu.of(),
        Dense.of(CLASSES));
  }

  /** The parameters by their paths in {@link #layers}. */
  static Map<String, float[]> values() {
    List<String> layers = List.of("conv1", "conv2", "dense1", "dense2");
    Map<String, float[]> values = new LinkedHashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      values.put(layers.get(i) + "/weights", parameter(2 * i));
      values.put(layers.get(i) + "/bias", parameter(2 * i + 1));
    }
    return values;
  }

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
