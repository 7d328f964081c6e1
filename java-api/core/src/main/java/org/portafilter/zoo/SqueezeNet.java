package org.portafilter.zoo;

import org.portafilter.nn.Concat;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dropout;
import org.portafilter.nn.GlobalAveragePool;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.Window;

/**
 * SqueezeNet (Iandola et al. 2016) in its version 1.1, which takes 2.4 times less work than the
 * paper's first: fire modules squeeze the channels by 1x1 convolutions before 3x3 ones see them.
 * AlexNet's accuracy with a fiftieth of its parameters, 1,235,496 for 1,000 classes.
 */
public final class SqueezeNet {
  private SqueezeNet() {}

  /** For images of bytes, usually 3 x 224 x 224; sides of at least 31. */
  public static Layer of(int classes) {
    return Sequential.of(
            Rescale.of(1 / 127.5, -1), Conv2d.of(64, 3).withStride(2), Relu.of(), halve())
        .then("stage1", Sequential.of(fire(16, 64), fire(16, 64), halve()))
        .then("stage2", Sequential.of(fire(32, 128), fire(32, 128), halve()))
        .then("stage3", Sequential.of(fire(48, 192), fire(48, 192), fire(64, 256), fire(64, 256)))
        .then(
            "head",
            Sequential.of(
                Dropout.of(0.5), Conv2d.of(classes, 1), Relu.of(), GlobalAveragePool.of()));
  }

  /** To few channels, and from there to twice {@code expanded}: half by 1x1, half by 3x3. */
  private static Layer fire(int squeezed, int expanded) {
    return Sequential.of(
        Conv2d.of(squeezed, 1),
        Relu.of(),
        Concat.of(
            Sequential.of(Conv2d.of(expanded, 1), Relu.of()),
            Sequential.of(Conv2d.of(expanded, 3).withPadding(1), Relu.of())));
  }

  private static Layer halve() {
    return MaxPool.of(Window.of(3).withStride(2));
  }
}
