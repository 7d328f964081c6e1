package org.portafilter.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.nn.Architecture;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Scope;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;
import org.portafilter.zoo.Zoo;

/** The networks of the suite {@code nets}, and the data all contenders give them. */
final class Nets {
  /** Networks by name; {@code lenet} has contenders of its own. */
  static final List<String> NAMES =
      Zoo.names().stream().filter(name -> !name.equals("lenet")).toList();

  static final double LEARNING_RATE = 1e-3;
  static final double MOMENTUM = 0.9;

  private Nets() {}

  static int classes(String name) {
    return image(name).dim(1) < 100 ? 10 : 1000;
  }

  static Shape image(String name) {
    return Zoo.named(name).image();
  }

  static Layer layer(String name) {
    return Zoo.named(name).layers(classes(name));
  }

  static Architecture architecture(String name) {
    return Architecture.of(layer(name), image(name), DType.FLOAT32);
  }

  /** First values of every state entry, by path: the initializers' own. */
  static Map<String, float[]> values(String name) {
    Map<String, float[]> values = new LinkedHashMap<>();
    for (Map.Entry<String, Scope.Declared> entry : architecture(name).declared().entrySet()) {
      Philox random = new Philox(1, Philox.streamOf(entry.getKey()));
      Scope.Declared declared = entry.getValue();
      double[] drawn = declared.initializer().values(declared.shape(), random);
      float[] floats = new float[drawn.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) drawn[i];
      }
      values.put(entry.getKey(), floats);
    }
    return values;
  }

  static byte[] images(String name, int batch) {
    Philox random = new Philox(8, batch);
    byte[] images = new byte[Math.toIntExact(batch * image(name).count())];
    for (int i = 0; i < images.length; i++) {
      images[i] = (byte) random.nextInt();
    }
    return images;
  }

  static int[] labels(String name, int batch) {
    Philox random = new Philox(9, batch);
    int[] labels = new int[batch];
    for (int i = 0; i < batch; i++) {
      labels[i] = random.nextInt(classes(name));
    }
    return labels;
  }
}
