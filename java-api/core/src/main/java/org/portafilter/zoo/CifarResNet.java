package org.portafilter.zoo;

import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Dense;
import org.portafilter.nn.GlobalAveragePool;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.PortafilterException;

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
   * @throws PortafilterException for another depth
   */
  public static Layer of(int depth, int classes) {
    if (depth < 8 || depth % 6 != 2) {
      throw new PortafilterException(
          "a residual network for small images has 6n + 2 layers (8, 14, 20 ...), not " + depth);
    }
    int blocks = (depth - 2) / 6;
    return Sequential.of(
            Rescale.of(1 / 127.5, -1), BasicBlocks.convolution(16, 3, 1), BatchNorm.of(), Relu.of())
        .then("stage1", BasicBlocks.stage(16, 1, blocks))
        .then("stage2", BasicBlocks.stage(32, 2, blocks))
        .then("stage3", BasicBlocks.stage(64, 2, blocks))
        .then("pool", GlobalAveragePool.of())
        .then("head", Dense.of(classes));
  }
}
