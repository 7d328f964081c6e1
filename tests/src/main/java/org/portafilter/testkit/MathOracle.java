package org.portafilter.testkit;

import org.portafilter.graph.Activation;

/** Matrix product, activations, softmax and its loss, reductions. */
public final class MathOracle {
  private MathOracle() {}

  /** {@code op(a) op(b)}, m x k by k x n. */
  public static double[] product(
      double[] a, double[] b, int m, int n, int k, boolean ta, boolean tb) {
    double[] c = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        for (int l = 0; l < k; l++) {
          c[i * n + j] += (ta ? a[l * m + i] : a[i * k + l]) * (tb ? b[j * k + l] : b[l * n + j]);
        }
      }
    }
    return c;
  }

  /** One activation of one number. */
  public static double activate(Activation activation, double x) {
    return switch (activation) {
      case IDENTITY -> x;
      case RELU -> Double.isNaN(x) ? x : Math.max(0, x);
      case SIGMOID -> 1 / (1 + Math.exp(-x));
      case TANH -> Math.tanh(x);
    };
  }

  /** Its derivative. */
  public static double derivative(Activation activation, double x) {
    double y = activate(activation, x);
    return switch (activation) {
      case IDENTITY -> 1;
      case RELU -> x > 0 ? 1 : 0;
      case SIGMOID -> y * (1 - y);
      case TANH -> 1 - y * y;
    };
  }

  /** Softmax of each row. */
  public static double[] softmax(double[] x, int rows, int classes) {
    double[] y = new double[x.length];
    for (int r = 0; r < rows; r++) {
      double most = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        most = Math.max(most, x[r * classes + c]);
      }
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        y[r * classes + c] = Math.exp(x[r * classes + c] - most);
        sum += y[r * classes + c];
      }
      for (int c = 0; c < classes; c++) {
        y[r * classes + c] /= sum;
      }
    }
    return y;
  }

  /** Mean over rows of -log softmax(x)[label]. */
  public static double crossEntropy(double[] x, int[] labels, int classes) {
    double sum = 0;
    for (int r = 0; r < labels.length; r++) {
      double most = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        most = Math.max(most, x[r * classes + c]);
      }
      double partition = 0;
      for (int c = 0; c < classes; c++) {
        partition += Math.exp(x[r * classes + c] - most);
      }
      sum += most + Math.log(partition) - x[r * classes + labels[r]];
    }
    return sum / labels.length;
  }

  /** Its gradient. */
  public static double[] crossEntropyGrad(double[] x, int[] labels, int classes) {
    double[] g = softmax(x, labels.length, classes);
    for (int r = 0; r < labels.length; r++) {
      g[r * classes + labels[r]] -= 1;
    }
    for (int i = 0; i < g.length; i++) {
      g[i] /= labels.length;
    }
    return g;
  }

  /** Sum over the axes where {@code reduced}. */
  public static double[] sum(double[] x, int[] dims, boolean[] reduced) {
    int kept = 1;
    for (int i = 0; i < dims.length; i++) {
      kept *= reduced[i] ? 1 : dims[i];
    }
    double[] out = new double[kept];
    for (int i = 0; i < x.length; i++) {
      out[keptIndex(i, dims, reduced)] += x[i];
    }
    return out;
  }

  /** The position among the kept elements of flat position {@code index}. */
  public static int keptIndex(int index, int[] dims, boolean[] reduced) {
    int[] at = new int[dims.length];
    for (int d = dims.length - 1; d >= 0; d--) {
      at[d] = index % dims[d];
      index /= dims[d];
    }
    int kept = 0;
    for (int d = 0; d < dims.length; d++) {
      kept = reduced[d] ? kept : kept * dims[d] + at[d];
    }
    return kept;
  }
}
