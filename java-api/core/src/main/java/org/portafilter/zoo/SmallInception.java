package org.portafilter.zoo;

import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Concat;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.GlobalAveragePool;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.Window;

/**
 * A small network of inception modules for images of 28 to 32 pixels: Zhang et al. 2017,
 * "Understanding deep learning requires rethinking generalization", appendix A, after GoogLeNet
 * (Szegedy et al. 2014). Every module joins branches along the channels.
 */
public final class SmallInception {
  private SmallInception() {}

  /** For images of bytes, usually 3 x 32 x 32. */
  public static Layer of(int classes) {
    return Sequential.of(Rescale.of(1 / 127.5, -1), convolution(96, 3, 1))
        .then("stage1", Sequential.of(module(32, 32), module(32, 48), halve(80)))
        .then(
            "stage2",
            Sequential.of(
                module(112, 48), module(96, 64), module(80, 80), module(48, 96), halve(96)))
        .then("stage3", Sequential.of(module(176, 160), module(176, 160)))
        .then("pool", GlobalAveragePool.of())
        .then("head", Dense.of(classes));
  }

  private static Layer module(int pointwise, int wide) {
    return Concat.of(convolution(pointwise, 1, 1), convolution(wide, 3, 1));
  }

  private static Layer halve(int channels) {
    return Concat.of(
        convolution(channels, 3, 2), MaxPool.of(Window.of(3).withStride(2).withPadding(1)));
  }

  private static Layer convolution(int channels, int kernel, int stride) {
    return Sequential.of(
        Conv2d.of(channels, kernel).withStride(stride).withPadding(kernel / 2).withBias(false),
        BatchNorm.of(),
        Relu.of());
  }
}
