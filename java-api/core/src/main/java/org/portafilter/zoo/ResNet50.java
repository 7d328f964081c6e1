package org.portafilter.zoo;

import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.GlobalAveragePool;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Residual;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.Window;

/**
 * The 50-layer residual network of He et al. 2015, table 1, with 1x1 projections where the size
 * changes, the stride on the 3x3 convolution as in Goyal et al. 2017. 25.6 million parameters for
 * 1,000 classes.
 */
public final class ResNet50 {
  private ResNet50() {}

  /** For images of bytes, usually 3 x 224 x 224. */
  public static Layer of(int classes) {
    return Sequential.of(
            Rescale.of(1 / 127.5, -1),
            convolution(64, 7, 2),
            BatchNorm.of(),
            Relu.of(),
            MaxPool.of(Window.of(3).withStride(2).withPadding(1)))
        .then("stage1", stage(64, 3, 1))
        .then("stage2", stage(128, 4, 2))
        .then("stage3", stage(256, 6, 2))
        .then("stage4", stage(512, 3, 2))
        .then("pool", GlobalAveragePool.of())
        .then("head", Dense.of(classes));
  }

  private static Layer stage(int channels, int blocks, int stride) {
    Layer[] layers = new Layer[blocks];
    layers[0] = bottleneck(channels, stride, true);
    for (int i = 1; i < blocks; i++) {
      layers[i] = bottleneck(channels, 1, false);
    }
    return Sequential.of(layers);
  }

  private static Layer bottleneck(int channels, int stride, boolean project) {
    Layer body =
        Sequential.of(
            convolution(channels, 1, 1),
            BatchNorm.of(),
            Relu.of(),
            convolution(channels, 3, stride),
            BatchNorm.of(),
            Relu.of(),
            convolution(4 * channels, 1, 1),
            BatchNorm.of());
    Layer sum =
        project
            ? Residual.of(body, Sequential.of(convolution(4 * channels, 1, stride), BatchNorm.of()))
            : Residual.of(body);
    return Sequential.of(sum, Relu.of());
  }

  private static Conv2d convolution(int channels, int kernel, int stride) {
    return Conv2d.of(channels, kernel).withStride(stride).withPadding(kernel / 2).withBias(false);
  }
}
