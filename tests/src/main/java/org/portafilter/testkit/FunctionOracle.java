package org.portafilter.testkit;

import org.portafilter.graph.Function;

/** Functions of one number and their derivatives, from their formulas. */
public final class FunctionOracle {
  private static final double SELU_SCALE = 1.0507009873554804934193349852946;
  private static final double SELU_ALPHA = 1.6732632423543772848170429916717;

  private FunctionOracle() {}

  /** {@code function(x)}. */
  public static double value(Function function, double alpha, double x) {
    return switch (function) {
      case ABS -> Math.abs(x);
      case SQUARE -> x * x;
      case SQRT -> Math.sqrt(x);
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case POWER -> Math.pow(x, alpha);
      case LEAKY_RELU -> x >= 0 ? x : alpha * x;
      case ELU -> x >= 0 ? x : alpha * Math.expm1(x);
      case SELU -> SELU_SCALE * (x >= 0 ? x : SELU_ALPHA * Math.expm1(x));
      case GELU -> x * normalBelow(x);
      case SILU -> x / (1 + Math.exp(-x));
      case SOFTPLUS -> Math.log1p(Math.exp(x));
      case HARD_SIGMOID -> Math.min(1, Math.max(0, x / 6 + 0.5));
      case HARD_SWISH -> x * Math.min(1, Math.max(0, x / 6 + 0.5));
      case HUBER -> Math.abs(x) <= alpha ? x * x / 2 : alpha * (Math.abs(x) - alpha / 2);
      case LOG1P -> Math.log1p(x);
      case MISH -> x * Math.tanh(Math.log1p(Math.exp(x)));
    };
  }

  /** {@code function'(x)}. */
  public static double slope(Function function, double alpha, double x) {
    double sigmoid = 1 / (1 + Math.exp(-x));
    return switch (function) {
      case ABS -> Math.signum(x);
      case SQUARE -> 2 * x;
      case SQRT -> 1 / (2 * Math.sqrt(x));
      case EXP -> Math.exp(x);
      case LOG -> 1 / x;
      case POWER -> alpha * Math.pow(x, alpha - 1);
      case LEAKY_RELU -> x >= 0 ? 1 : alpha;
      case ELU -> x >= 0 ? 1 : alpha * Math.exp(x);
      case SELU -> SELU_SCALE * (x >= 0 ? 1 : SELU_ALPHA * Math.exp(x));
      case GELU -> normalBelow(x) + x * density(x);
      case SILU -> sigmoid + x * sigmoid * (1 - sigmoid);
      case SOFTPLUS -> sigmoid;
      case HARD_SIGMOID -> Math.abs(x) < 3 ? 1 / 6.0 : 0;
      case HARD_SWISH -> x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5;
      case HUBER -> Math.max(-alpha, Math.min(alpha, x));
      case LOG1P -> 1 / (1 + x);
      case MISH -> {
        double tanh = Math.tanh(Math.log1p(Math.exp(x)));
        yield tanh + x * (1 - tanh * tanh) * sigmoid;
      }
    };
  }

  private static double density(double x) {
    return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  /**
   * The share of a unit Gaussian below x: {@code 1/2 + phi(x) (x + x^3/3 + x^5/(3 5) + ...)}, and
   * in the tails, where that cancels, Laplace's {@code phi(x) / (x + 1 / (x + 2 / (x + 3 / ...)))}.
   */
  private static double normalBelow(double x) {
    if (x < -1) {
      double fraction = -x;
      for (int k = 500; k > 0; k--) {
        fraction = -x + k / fraction;
      }
      return density(x) / fraction;
    }
    double term = x;
    double sum = x;
    for (int k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
      term *= x * x / k;
      sum += term;
    }
    return 0.5 + density(x) * sum;
  }
}
