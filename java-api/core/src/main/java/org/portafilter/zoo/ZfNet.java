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
 * AlexNet seen through and bettered by Zeiler and Fergus 2013: a first layer of 7x7 at stride 2, no
 * groups. 62,357,608 parameters for 1,000 classes.
 */
public final class ZfNet {
  private ZfNet() {}

  /** For images of bytes, 3 x 224 x 224; sides of at least 64. */
  public static Layer of(int classes) {
    Layer pool = MaxPool.of(Window.of(3).withStride(2).withPadding(1));
    Layer norm = LocalResponseNorm.of(5).withAlpha(5e-4).withK(2);
    return Sequential.of(
        Rescale.of(1 / 127.5, -1),
        Conv2d.of(96, 7).withStride(2).withPadding(1),
        Relu.of(),
        pool,
        norm,
        Conv2d.of(256, 5).withStride(2),
        Relu.of(),
        pool,
        norm,
        Conv2d.of(384, 3).withPadding(1),
        Relu.of(),
        Conv2d.of(384, 3).withPadding(1),
        Relu.of(),
        Conv2d.of(256, 3).withPadding(1),
        Relu.of(),
        MaxPool.of(Window.of(3).withStride(2)),
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
