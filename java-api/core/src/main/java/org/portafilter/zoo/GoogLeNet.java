package org.portafilter.zoo;

import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Concat;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Dropout;
import org.portafilter.nn.GlobalAveragePool;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.Window;

/**
 * The 22-layer network of Szegedy et al. 2014, table 1, with batch norm after every convolution
 * (Ioffe and Szegedy 2015) and without its side classifiers. Inception modules join four branches.
 */
public final class GoogLeNet {
  private GoogLeNet() {}

  /** For images of bytes, usually 3 x 224 x 224. */
  public static Layer of(int classes) {
    return Sequential.of(
            Rescale.of(1 / 127.5, -1),
            convolution(64, 7, 2),
            halve(),
            convolution(64, 1, 1),
            convolution(192, 3, 1),
            halve())
        .then(
            "stage3",
            Sequential.of(
                module(64, 96, 128, 16, 32, 32), module(128, 128, 192, 32, 96, 64), halve()))
        .then(
            "stage4",
            Sequential.of(
                module(192, 96, 208, 16, 48, 64),
                module(160, 112, 224, 24, 64, 64),
                module(128, 128, 256, 24, 64, 64),
                module(112, 144, 288, 32, 64, 64),
                module(256, 160, 320, 32, 128, 128),
                halve()))
        .then(
            "stage5",
            Sequential.of(module(256, 160, 320, 32, 128, 128), module(384, 192, 384, 48, 128, 128)))
        .then("pool", GlobalAveragePool.of())
        .then("head", Sequential.of(Dropout.of(0.4), Dense.of(classes)));
  }

  /**
   * Branches of 1x1, 3x3 and 5x5 convolutions, the latter two after a 1x1 that reduces, and a pool.
   */
  private static Layer module(int one, int reduce3, int three, int reduce5, int five, int pool) {
    return Concat.of(
        convolution(one, 1, 1),
        Sequential.of(convolution(reduce3, 1, 1), convolution(three, 3, 1)),
        Sequential.of(convolution(reduce5, 1, 1), convolution(five, 5, 1)),
        Sequential.of(MaxPool.of(Window.of(3).withPadding(1)), convolution(pool, 1, 1)));
  }

  private static Layer halve() {
    return MaxPool.of(Window.of(3).withStride(2).withPadding(1));
  }

  private static Layer convolution(int channels, int kernel, int stride) {
    return Sequential.of(
        Conv2d.of(channels, kernel).withStride(stride).withPadding(kernel / 2).withBias(false),
        BatchNorm.of(),
        Relu.of());
  }
}
