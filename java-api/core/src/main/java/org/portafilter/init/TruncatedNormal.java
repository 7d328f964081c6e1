package org.portafilter.init;

import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/**
 * Gaussian with mean 0, drawn again where it lies more than two of its deviations away; {@code
 * deviation} is that of what remains, so that its variance is {@code deviation^2}.
 */
public record TruncatedNormal(double deviation) implements Initializer {
  /** The deviation of a unit Gaussian cut at 2: {@code sqrt(1 - 4 phi(2) / (2 Phi(2) - 1))}. */
  private static final double CUT = 0.879625661034239;

  /** Checks that the deviation is above 0. */
  public TruncatedNormal {
    if (!(deviation > 0)) {
      throw new PortafilterException("TruncatedNormal needs a deviation above 0, got " + deviation);
    }
  }

  /** A truncated Gaussian of this standard deviation, for example 0.02. */
  public static TruncatedNormal of(double deviation) {
    return new TruncatedNormal(deviation);
  }

  @Override
  public double[] values(Shape shape, Philox random) {
    double[] values = new double[Math.toIntExact(shape.count())];
    for (int i = 0; i < values.length; i++) {
      double drawn = random.nextGaussian();
      while (Math.abs(drawn) > 2) {
        drawn = random.nextGaussian();
      }
      values[i] = deviation / CUT * drawn;
    }
    return values;
  }
}
