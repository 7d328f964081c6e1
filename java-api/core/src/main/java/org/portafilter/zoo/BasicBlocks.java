package org.portafilter.zoo;

import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Residual;
import org.portafilter.nn.Sequential;

/** The blocks of two 3x3 convolutions that the shallower residual networks are made of. */
final class BasicBlocks {
  private BasicBlocks() {}

  /** Blocks of which the first has this stride, and a projection where that is above 1. */
  static Layer stage(int channels, int stride, int blocks) {
    Layer[] layers = new Layer[blocks];
    for (int i = 0; i < blocks; i++) {
      layers[i] = block(channels, i == 0 ? stride : 1);
    }
    return Sequential.of(layers);
  }

  private static Layer block(int channels, int stride) {
    Layer body =
        Sequential.of(
            convolution(channels, 3, stride),
            BatchNorm.of(),
            Relu.of(),
            convolution(channels, 3, 1),
            BatchNorm.of());
    Layer sum =
        stride > 1
            ? Residual.of(body, Sequential.of(convolution(channels, 1, stride), BatchNorm.of()))
            : Residual.of(body);
    return Sequential.of(sum, Relu.of());
  }

  /** A convolution without bias that keeps the size but for its stride. */
  static Conv2d convolution(int channels, int kernel, int stride) {
    return Conv2d.of(channels, kernel).withStride(stride).withPadding(kernel / 2).withBias(false);
  }
}
