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
import org.portafilter.zoo.CifarResNet;
import org.portafilter.zoo.GoogLeNet;
import org.portafilter.zoo.LeNet;
import org.portafilter.zoo.MobileNetV1;
import org.portafilter.zoo.ResNet18;
import org.portafilter.zoo.ResNet50;
import org.portafilter.zoo.Vgg16;

/** The networks of the suite {@code nets}, and the data all contenders give them. */
final class Nets {
  /** Networks by name; {@code lenet} has contenders of its own. */
  static final List<String> NAMES =
      List.of(
          "resnet20",
          "resnet32",
          "resnet44",
          "resnet56",
          "resnet110",
          "resnet18",
          "resnet50",
          "vgg16",
          "googlenet",
          "mobilenet");

  private static final List<String> SMALL =
      List.of("lenet", "resnet20", "resnet32", "resnet44", "resnet56", "resnet110");

  static final double LEARNING_RATE = 1e-3;
  static final double MOMENTUM = 0.9;

  private Nets() {}

  static int classes(String name) {
    return SMALL.contains(name) ? 10 : 1000;
  }

  static Shape image(String name) {
    if (name.equals("lenet")) {
      return Shape.of(1, 28, 28);
    }
    return SMALL.contains(name) ? Shape.of(3, 32, 32) : Shape.of(3, 224, 224);
  }

  static Layer layer(String name) {
    int classes = classes(name);
    return switch (name) {
      case "lenet" -> LeNet.of(classes);
      case "resnet20" -> CifarResNet.of(20, classes);
      case "resnet32" -> CifarResNet.of(32, classes);
      case "resnet44" -> CifarResNet.of(44, classes);
      case "resnet56" -> CifarResNet.of(56, classes);
      case "resnet110" -> CifarResNet.of(110, classes);
      case "resnet18" -> ResNet18.of(classes);
      case "resnet50" -> ResNet50.of(classes);
      case "vgg16" -> Vgg16.of(classes);
      case "googlenet" -> GoogLeNet.of(classes);
      case "mobilenet" -> MobileNetV1.of(classes);
      default -> throw new IllegalArgumentException("no network " + name);
    };
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
