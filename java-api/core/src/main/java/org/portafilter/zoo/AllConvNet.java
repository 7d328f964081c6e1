package org.portafilter.zoo;

import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dropout;
import org.portafilter.nn.GlobalAveragePool;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;

/**
 * The all-convolutional net for small images (Springenberg et al. 2014, model C): strides in place
 * of pools, a mean in place of dense layers. 1,369,738 parameters for 10 classes.
 */
public final class AllConvNet {
  private AllConvNet() {}

  /** For images of bytes, 3 x 32 x 32; sides of at least 9. */
  public static Layer of(int classes) {
    return Sequential.of(Rescale.of(1 / 127.5, -1))
        .then("stage1", stage(96))
        .then("dropout1", Dropout.of(0.5))
        .then("stage2", stage(192))
        .then("dropout2", Dropout.of(0.5))
        .then(
            "head",
            Sequential.of(
                Conv2d.of(192, 3),
                Relu.of(),
                Conv2d.of(192, 1),
                Relu.of(),
                Conv2d.of(classes, 1),
                GlobalAveragePool.of()));
  }

  /** Two convolutions, and one that halves the sides. */
  private static Layer stage(int channels) {
    return Sequential.of(
        Conv2d.of(channels, 3).withPadding(1),
        Relu.of(),
        Conv2d.of(channels, 3).withPadding(1),
        Relu.of(),
        Conv2d.of(channels, 3).withStride(2).withPadding(1),
        Relu.of());
  }
}
