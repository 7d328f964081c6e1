package org.portafilter.zoo;

import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.GlobalAveragePool;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;

/**
 * The network of depthwise separable convolutions of Howard et al. 2017, table 1, width 1. 4.2
 * million parameters for 1,000 classes.
 */
public final class MobileNetV1 {
  private MobileNetV1() {}

  /** For images of bytes, usually 3 x 224 x 224. */
  public static Layer of(int classes) {
    return Sequential.of(Rescale.of(1 / 127.5, -1), convolution(32, 3, 2, 1))
        .then("stage1", Sequential.of(separable(32, 64, 1)))
        .then("stage2", Sequential.of(separable(64, 128, 2), separable(128, 128, 1)))
        .then("stage3", Sequential.of(separable(128, 256, 2), separable(256, 256, 1)))
        .then(
            "stage4",
            Sequential.of(
                separable(256, 512, 2),
                separable(512, 512, 1),
                separable(512, 512, 1),
                separable(512, 512, 1),
                separable(512, 512, 1),
                separable(512, 512, 1)))
        .then("stage5", Sequential.of(separable(512, 1024, 2), separable(1024, 1024, 1)))
        .then("pool", GlobalAveragePool.of())
        .then("head", Dense.of(classes));
  }

  private static Layer separable(int in, int out, int stride) {
    return Sequential.of(convolution(in, 3, stride, in), convolution(out, 1, 1, 1));
  }

  private static Layer convolution(int channels, int kernel, int stride, int groups) {
    return Sequential.of(
        Conv2d.of(channels, kernel)
            .withStride(stride)
            .withPadding(kernel / 2)
            .withGroups(groups)
            .withBias(false),
        BatchNorm.of(),
        Relu.of());
  }
}
