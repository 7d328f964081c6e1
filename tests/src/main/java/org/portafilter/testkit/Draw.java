package org.portafilter.testkit;

import org.portafilter.tensor.Philox;

/** Reproducible test values. */
public final class Draw {
  private Draw() {}

  /** Uniform in [-1, 1), representable in {@code float}, a function of the name. */
  public static double[] uniform(String name, long count) {
    Philox random = new Philox(1, Philox.streamOf(name));
    double[] values = new double[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.uniform(-1, 1);
    }
    return values;
  }

  /** {@code numpy.linspace(from, to, count)}. */
  public static double[] linspace(double from, double to, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = count == 1 ? from : from + (to - from) * i / (count - 1);
    }
    return values;
  }

  /** Absolute values. */
  public static double[] absolute(double[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = Math.abs(values[i]);
    }
    return result;
  }
}
