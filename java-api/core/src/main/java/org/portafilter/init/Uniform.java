package org.portafilter.init;

import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/** Uniform in {@code [low, high)}. */
public record Uniform(double low, double high) implements Initializer {
  /** Checks that {@code low} is below {@code high}. */
  public Uniform {
    if (!(low < high)) {
      throw new PortafilterException("Uniform needs low below high, got " + low + " and " + high);
    }
  }

  /** Uniform in {@code [low, high)}. */
  public static Uniform of(double low, double high) {
    return new Uniform(low, high);
  }

  @Override
  public double[] values(Shape shape, Philox random) {
    double[] values = new double[Math.toIntExact(shape.count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.uniform(low, high);
    }
    return values;
  }
}
