package org.portafilter.zoo;

import org.portafilter.nn.AveragePool;
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
 * Network in network for small images (Lin et al. 2013): three convolutions, each followed by two
 * 1x1 convolutions that see all channels of a pixel; the last gives a map per class, whose mean is
 * the class's logit. 966,986 parameters for 10 classes.
 */
public final class NetworkInNetwork {
  private NetworkInNetwork() {}

  /** For images of bytes, 3 x 32 x 32. */
  public static Layer of(int classes) {
    Window overlapping = Window.of(3).withStride(2).withPadding(1);
    return Sequential.of(Rescale.of(1 / 127.5, -1))
        .then("block1", block(Conv2d.of(192, 5).withPadding(2), 160, 96))
        .then("pool1", MaxPool.of(overlapping))
        .then("dropout1", Dropout.of(0.5))
        .then("block2", block(Conv2d.of(192, 5).withPadding(2), 192, 192))
        .then("pool2", AveragePool.of(overlapping))
        .then("dropout2", Dropout.of(0.5))
        .then("block3", block(Conv2d.of(192, 3).withPadding(1), 192, classes))
        .then("head", GlobalAveragePool.of());
  }

  private static Layer block(Layer first, int second, int third) {
    return Sequential.of(
        first, Relu.of(), Conv2d.of(second, 1), Relu.of(), Conv2d.of(third, 1), Relu.of());
  }
}
