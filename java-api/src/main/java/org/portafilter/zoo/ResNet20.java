package org.portafilter.zoo;

import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.GlobalAveragePool;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Residual;
import org.portafilter.nn.Sequential;

/**
 * The 20-layer residual network for small images of He et al. 2015, section 4.2, with 1x1
 * projections where the size changes (their option B).
 */
public final class ResNet20 {
  private ResNet20() {}

  /** For images of bytes, usually 3 x 32 x 32 or 1 x 28 x 28. */
  public static Layer of(int classes) {
    return Sequential.of(
            Rescale.of(1 / 127.5, -1), convolution(16, 3, 1), BatchNorm.of(), Relu.of())
        .then(
            "stage1", Sequential.of(block(16, 1, false), block(16, 1, false), block(16, 1, false)))
        .then("stage2", Sequential.of(block(32, 2, true), block(32, 1, false), block(32, 1, false)))
        .then("stage3", Sequential.of(block(64, 2, true), block(64, 1, false), block(64, 1, false)))
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
