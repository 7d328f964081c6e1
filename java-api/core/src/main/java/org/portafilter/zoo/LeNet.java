package org.portafilter.zoo;

import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Dropout;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;

/** LeNet in its 20-50-500 form with ReLU and dropout, after LeCun et al. 1998. */
public final class LeNet {
  private LeNet() {}

  /** For grey images of bytes, 1 x 28 x 28. */
  public static Layer of(int classes) {
    return Sequential.of(
        Rescale.of(1 / 255.0),
        Conv2d.of(20, 5),
        Relu.of(),
        MaxPool.of(2),
        Conv2d.of(50, 5),
        Relu.of(),
        MaxPool.of(2),
        Flatten.of(),
        Dense.of(500),
        Relu.of(),
        Dropout.of(0.5),
        Dense.of(classes));
  }
}
