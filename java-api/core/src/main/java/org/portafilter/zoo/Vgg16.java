package org.portafilter.zoo;

import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Dropout;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;

/**
 * The 16-layer network of Simonyan and Zisserman 2014, configuration D: 3x3 convolutions, five
 * halvings, three dense layers. 138 million parameters for 1,000 classes at 224 x 224.
 */
public final class Vgg16 {
  private Vgg16() {}

  /** For images of bytes, usually 3 x 224 x 224; sides of at least 32. */
  public static Layer of(int classes) {
    return Sequential.of(Rescale.of(1 / 127.5, -1))
        .then("stage1", stage(64, 2))
        .then("stage2", stage(128, 2))
        .then("stage3", stage(256, 3))
        .then("stage4", stage(512, 3))
        .then("stage5", stage(512, 3))
        .then(
            "head",
            Sequential.of(
                Flatten.of(),
                Dense.of(4096),
                Relu.of(),
                Dropout.of(0.5),
                Dense.of(4096),
                Relu.of(),
                Dropout.of(0.5),
                Dense.of(classes)));
  }

  private static Layer stage(int channels, int convolutions) {
    Layer[] layers = new Layer[2 * convolutions + 1];
    for (int i = 0; i < convolutions; i++) {
      layers[2 * i] = Conv2d.of(channels, 3).withPadding(1);
      layers[2 * i + 1] = Relu.of();
    }
    layers[2 * convolutions] = MaxPool.of(2);
    return Sequential.of(layers);
  }
}
