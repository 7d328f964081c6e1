package org.portafilter.init;

import java.util.Arrays;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/**
 * Every element the same. Zeros suit biases; as weights they keep all units of a layer equal for
 * ever.
 */
public record Constant(double value) implements Initializer {
  /** All zeros. */
  public static Constant zeros() {
    return new Constant(0);
  }

  /** All ones. */
  public static Constant ones() {
    return new Constant(1);
  }

  /** All {@code value}. */
  public static Constant of(double value) {
    return new Constant(value);
  }

  @Override
  public double[] values(Shape shape, Philox random) {
    double[] values = new double[Math.toIntExact(shape.count())];
    Arrays.fill(values, value);
    return values;
  }
}
