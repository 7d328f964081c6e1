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
 * The residual networks for small images of He et al. 2015, section 4.2: 6n + 2 layers, with 1x1
 * projections where the size changes (their option B).
 */
public final class CifarResNet {
  private CifarResNet() {}

  /**
   * For images of bytes, usually 3 x 32 x 32 or 1 x 28 x 28.
   *
   * @param depth 6n + 2 layers; the paper has 20, 32, 44, 56 and 110
   * @throws IllegalArgumentException for another depth
   */
  public static Layer of(int depth, int classes) {
    if (depth < 8 || depth % 6 != 2) {
      throw new IllegalArgumentException(
          "a residual network for small images has 6n + 2 layers (8, 14, 20 ...), not " + depth);
    }
    int blocks = (depth - 2) / 6;
    return Sequential.of(
            Rescale.of(1 / 127.5, -1), convolution(16, 3, 1), BatchNorm.of(), Relu.of())
        .then("stage1", stage(16, 1, blocks))
        .then("stage2", stage(32, 2, blocks))
        .then("stage3", stage(64, 2, blocks))
        .then("pool", GlobalAveragePool.of())
        .then("head", Dense.of(classes));
  }

  private static Layer stage(int channels, int stride, int blocks) {
    Layer[] layers = new Layer[blocks];
    for (int i = 0; i < blocks; i++) {
      layers[i] = i == 0 ? block(channels, stride, stride > 1) : block(channels, 1, false);
    }
    return Sequential.of(layers);
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
