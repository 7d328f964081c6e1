package org.portafilter.zoo;

import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Dense;
import org.portafilter.nn.GlobalAveragePool;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
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
            BasicBlocks.convolution(64, 7, 2),
            BatchNorm.of(),
            Relu.of(),
            MaxPool.of(Window.of(3).withStride(2).withPadding(1)))
        .then("stage1", BasicBlocks.stage(64, 1, 2))
        .then("stage2", BasicBlocks.stage(128, 2, 2))
        .then("stage3", BasicBlocks.stage(256, 2, 2))
        .then("stage4", BasicBlocks.stage(512, 2, 2))
        .then("pool", GlobalAveragePool.of())
        .then("head", Dense.of(classes));
  }
}
