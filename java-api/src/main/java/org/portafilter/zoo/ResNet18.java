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
 * The 18-layer residual network of He et al. 2015, table 1, with 1x1 projections where the size
 * changes (their option B). 11.7 million parameters for 1,000 classes.
 */
public final class ResNet18 {
  private ResNet18() {}

  /** For images of bytes, usually 3 x 224 x 224. */
  public static Layer of(int classes) {
    return Sequential.of(
            Rescale.of(1 / 127.5, -1),
            convolution(64, 7, 2),
            BatchNorm.of(),
            Relu.of(),
            MaxPool.of(Window.of(3).withStride(2).withPadding(1)))
        .then("stage1", Sequential.of(block(64, 1, false), block(64, 1, false)))
        .then("stage2", Sequential.of(block(128, 2, true), block(128, 1, false)))
        .then("stage3", Sequential.of(block(256, 2, true), block(256, 1, false)))
        .then("stage4", Sequential.of(block(512, 2, true), block(512, 1, false)))
        .then("pool", GlobalAveragePool.of())
        .then("head", Dense.of(classes));
  }

  private static Layer block(int channels, int stride, boolean project) {
    Layer body =
        Sequential.of(
            convolution(channels, 3, stride),
            BatchNorm.of(),
            Relu.of(),
            convolution(channels, 3, 1),
            BatchNorm.of());
    Layer sum =
        project
            ? Residual.of(body, Sequential.of(convolution(channels, 1, stride), BatchNorm.of()))
            : Residual.of(body);
    return Sequential.of(sum, Relu.of());
  }

  private static Conv2d convolution(int channels, int kernel, int stride) {
    return Conv2d.of(channels, kernel).withStride(stride).withPadding(kernel / 2).withBias(false);
  }
}
