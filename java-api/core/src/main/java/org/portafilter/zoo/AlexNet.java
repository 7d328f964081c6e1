package org.portafilter.zoo;

import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Dropout;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.LocalResponseNorm;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.Window;

/**
 * The network of Krizhevsky et al. 2012 that won ImageNet: five convolutions, the second, fourth
 * and fifth in two groups, overlapping pools of 3 at stride 2, local response norms, three dense
 * layers. 60,965,224 parameters for 1,000 classes.
 */
public final class AlexNet {
  private AlexNet() {}

  /** For images of bytes, 3 x 227 x 227; sides of at least 67. */
  public static Layer of(int classes) {
    Layer pool = MaxPool.of(Window.of(3).withStride(2));
    Layer norm = LocalResponseNorm.of(5).withAlpha(5e-4).withK(2);
    return Sequential.of(
        Rescale.of(1 / 127.5, -1),
        Conv2d.of(96, 11).withStride(4),
        Relu.of(),
        norm,
        pool,
        Conv2d.of(256, 5).withPadding(2).withGroups(2),
        Relu.of(),
        norm,
        pool,
        Conv2d.of(384, 3).withPadding(1),
        Relu.of(),
        Conv2d.of(384, 3).withPadding(1).withGroups(2),
        Relu.of(),
        Conv2d.of(256, 3).withPadding(1).withGroups(2),
        Relu.of(),
        pool,
        Flatten.of(),
        Dense.of(4096),
        Relu.of(),
        Dropout.of(0.5),
        Dense.of(4096),
        Relu.of(),
        Dropout.of(0.5),
        Dense.of(classes));
  }
}
