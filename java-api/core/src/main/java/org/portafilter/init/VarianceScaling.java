package org.portafilter.init;

import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/**
 * Values of variance {@code gain / n}, where {@code n} is the number of inputs of a unit, of its
 * outputs, or their mean.
 *
 * <p>Xavier: gain 1 over the mean (Glorot and Bengio 2010). Kaiming: gain 2 over the inputs (He et
 * al. 2015). LeCun: gain 1 over the inputs (LeCun et al. 1998, Klambauer et al. 2017).
 */
public record VarianceScaling(double gain, Fan fan, boolean uniform) implements Initializer {
  /** Which count divides the gain. */
  public enum Fan {
    /** Inputs of a unit: channels per group times kernel size. */
    IN,
    /** Outputs of a unit: output channels times kernel size. */
    OUT,
    /** The mean of both. */
    MEAN
  }

  /** {@code U(-sqrt(6 / (in + out)), sqrt(6 / (in + out)))}: Glorot and Bengio 2010. */
  public static VarianceScaling xavier() {
    return new VarianceScaling(1, Fan.MEAN, true);
  }

  /** {@code N(0, 2 / in)}: He et al. 2015, for layers followed by a ReLU. */
  public static VarianceScaling kaiming() {
    return new VarianceScaling(2, Fan.IN, false);
  }

  /** {@code N(0, 1 / in)}: LeCun et al. 1998, for layers followed by a SELU or nothing. */
  public static VarianceScaling lecun() {
    return new VarianceScaling(1, Fan.IN, false);
  }

  /** The same variance from a uniform distribution, or from a Gaussian. */
  public VarianceScaling withUniform(boolean uniform) {
    return new VarianceScaling(gain, fan, uniform);
  }

  @Override
  public double[] values(Shape shape, Philox random) {
    double deviation = Math.sqrt(gain / count(shape));
    double[] values = new double[Math.toIntExact(shape.count())];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          uniform
              ? random.uniform(-deviation * Math.sqrt(3), deviation * Math.sqrt(3))
              : deviation * random.nextGaussian();
    }
    return values;
  }

  private double count(Shape shape) {
    long taps = 1;
    for (int axis = 2; axis < shape.rank(); axis++) {
      taps *= shape.dim(axis);
    }
    double in = shape.rank() < 2 ? shape.count() : shape.dim(1) * taps;
    double out = shape.rank() < 1 ? 1 : shape.dim(0) * taps;
    return switch (fan) {
      case IN -> in;
      case OUT -> out;
      case MEAN -> (in + out) / 2;
    };
  }
}
