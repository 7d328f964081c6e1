package org.portafilter.zoo;

import org.portafilter.graph.Value;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Scope;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.PortafilterException;

/**
 * The pattern of most classical networks: {@code INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC ->
 * RELU]*K -> FC}. Convolutions are 3x3 with padding 1; channels double after each pool.
 *
 * <pre>{@code
 * Layer small = ConvPattern.of(10).withBlocks(2, 2).withDense(1, 128);
 * }</pre>
 *
 * @param classes outputs of the last dense layer
 * @param convolutions in each block: N
 * @param blocks M
 * @param pools whether a 2x2 max pool ends each block
 * @param channels of the first block
 * @param dense layers before the last: K
 * @param units of each of them
 */
public record ConvPattern(
    int classes, int convolutions, int blocks, boolean pools, int channels, int dense, int units)
    implements Layer {
  /** Checks the ranges. */
  public ConvPattern {
    if (classes < 1 || convolutions < 0 || blocks < 0 || channels < 1 || dense < 0 || units < 1) {
      throw new PortafilterException(
          "ConvPattern needs at least 1 class, channel and unit, and no negative counts, got %s classes, %s convolutions, %s blocks, %s channels, %s dense layers of %s units"
              .formatted(classes, convolutions, blocks, channels, dense, units));
    }
  }

  /** One convolution of 32 channels, a pool, and the last dense layer. */
  public static ConvPattern of(int classes) {
    return new ConvPattern(classes, 1, 1, true, 32, 0, 128);
  }

  /** The same with N convolutions in each of M blocks. */
  public ConvPattern withBlocks(int convolutions, int blocks) {
    return new ConvPattern(classes, convolutions, blocks, pools, channels, dense, units);
  }

  /** The same with or without a pool at the end of each block. */
  public ConvPattern withPools(boolean pools) {
    return new ConvPattern(classes, convolutions, blocks, pools, channels, dense, units);
  }

  /** The same with so many channels in the first block. */
  public ConvPattern withChannels(int channels) {
    return new ConvPattern(classes, convolutions, blocks, pools, channels, dense, units);
  }

  /** The same with K dense layers of so many units before the last. */
  public ConvPattern withDense(int dense, int units) {
    return new ConvPattern(classes, convolutions, blocks, pools, channels, dense, units);
  }

  /** The layers, for images of bytes. */
  public Sequential layers() {
    Sequential layers = Sequential.of(Rescale.of(1 / 127.5, -1));
    int width = channels;
    for (int block = 1; block <= blocks; block++) {
      Sequential inner = Sequential.of();
      for (int i = 1; i <= convolutions; i++) {
        inner =
            inner.then("conv" + i, Conv2d.of(width, 3).withPadding(1)).then("relu" + i, Relu.of());
      }
      if (pools) {
        inner = inner.then("pool", MaxPool.of(2));
        width *= 2;
      }
      layers = layers.then("block" + block, inner);
    }
    layers = layers.then("flatten", Flatten.of());
    for (int i = 1; i <= dense; i++) {
      layers = layers.then("dense" + i, Dense.of(units)).then("relu" + i, Relu.of());
    }
    return layers.then("head", Dense.of(classes));
  }

  @Override
  public boolean readsBytes() {
    return true;
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return layers().apply(scope, x);
  }
}
