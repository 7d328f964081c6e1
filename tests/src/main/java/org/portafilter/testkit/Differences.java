package org.portafilter.testkit;

import java.util.function.ToDoubleFunction;

/** Gradients by central differences, in double. */
public final class Differences {
  private Differences() {}

  /** The gradient of {@code f} at {@code x}. */
  public static double[] gradient(ToDoubleFunction<double[]> f, double[] x, double step) {
    double[] at = x.clone();
    double[] gradient = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      at[i] = x[i] + step;
      double above = f.applyAsDouble(at);
      at[i] = x[i] - step;
      double below = f.applyAsDouble(at);
      at[i] = x[i];
      gradient[i] = (above - below) / (2 * step);
    }
    return gradient;
  }

  /** {@code ||a - b|| / (||a|| + ||b||)}; 0 when both are nothing. */
  public static double relativeError(double[] a, double[] b) {
    double difference = 0;
    double na = 0;
    double nb = 0;
    for (int i = 0; i < a.length; i++) {
      difference += (a[i] - b[i]) * (a[i] - b[i]);
      na += a[i] * a[i];
      nb += b[i] * b[i];
    }
    return na == 0 && nb == 0 ? 0 : Math.sqrt(difference) / (Math.sqrt(na) + Math.sqrt(nb));
  }

  /** {@code sum(a b)}. */
  public static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
