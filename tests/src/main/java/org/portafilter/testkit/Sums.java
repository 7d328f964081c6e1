package org.portafilter.testkit;

/**
 * Sums that carry what rounding drops (Neumaier 1974), so that an oracle is nearer the truth than
 * what it judges, however many terms there are.
 */
final class Sums {
  private final double[] sum;
  private final double[] dropped;

  Sums(int count) {
    sum = new double[count];
    dropped = new double[count];
  }

  void add(int k, double term) {
    double next = sum[k] + term;
    dropped[k] += Math.abs(sum[k]) >= Math.abs(term) ? sum[k] - next + term : term - next + sum[k];
    sum[k] = next;
  }

  /** Every sum, divided. */
  double[] over(double divisor) {
    double[] result = new double[sum.length];
    for (int k = 0; k < result.length; k++) {
      result[k] = (sum[k] + dropped[k]) / divisor;
    }
    return result;
  }
}
