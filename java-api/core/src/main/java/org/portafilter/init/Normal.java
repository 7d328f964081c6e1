package org.portafilter.init;

import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/** Gaussian with mean 0 and the given standard deviation. */
public record Normal(double deviation) implements Initializer {
  /** Gaussian with this standard deviation, for example 0.01. */
  public static Normal of(double deviation) {
    return new Normal(deviation);
  }

  @Override
  public double[] values(Shape shape, Philox random) {
    double[] values = new double[Math.toIntExact(shape.count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = deviation * random.nextGaussian();
    }
    return values;
  }
}
