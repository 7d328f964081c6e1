package org.portafilter.testkit;

/** Batch normalisation over N x C x area and its gradients. */
public final class NormOracle {
  private final int n;
  private final int c;
  private final int area;
  private final double epsilon;

  /** Sizes of one normalisation. */
  public NormOracle(int n, int c, int area, double epsilon) {
    this.n = n;
    this.c = c;
    this.area = area;
    this.epsilon = epsilon;
  }

  /** Mean of each channel. */
  public double[] mean(double[] x) {
    Sums sums = new Sums(c);
    for (int i = 0; i < x.length; i++) {
      sums.add(i / area % c, x[i]);
    }
    return sums.over((double) n * area);
  }

  /** Biased variance of each channel. */
  public double[] variance(double[] x) {
    double[] mean = mean(x);
    Sums squares = new Sums(c);
    for (int i = 0; i < x.length; i++) {
      double d = x[i] - mean[i / area % c];
      squares.add(i / area % c, d * d);
    }
    return squares.over((double) n * area);
  }

  /** {@code gamma (x - mean) / sqrt(variance + epsilon) + beta}. */
  public double[] apply(
      double[] x, double[] gamma, double[] beta, double[] mean, double[] variance) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int k = i / area % c;
      y[i] = gamma[k] * (x[i] - mean[k]) / Math.sqrt(variance[k] + epsilon) + beta[k];
    }
    return y;
  }

  /** dx, dgamma, dbeta of the training form. */
  public double[][] gradients(double[] dy, double[] x, double[] gamma) {
    double[] mean = mean(x);
    double[] variance = variance(x);
    Sums products = new Sums(c);
    Sums gradients = new Sums(c);
    double[] hat = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int k = i / area % c;
      hat[i] = (x[i] - mean[k]) / Math.sqrt(variance[k] + epsilon);
      products.add(k, dy[i] * hat[i]);
      gradients.add(k, dy[i]);
    }
    double[] dgamma = products.over(1);
    double[] dbeta = gradients.over(1);
    double[] dx = new double[x.length];
    double m = (double) n * area;
    for (int i = 0; i < x.length; i++) {
      int k = i / area % c;
      dx[i] =
          gamma[k]
              / Math.sqrt(variance[k] + epsilon)
              * (dy[i] - dbeta[k] / m - hat[i] * dgamma[k] / m);
    }
    return new double[][] {dx, dgamma, dbeta};
  }
}
