package org.portafilter.testkit;

import java.util.stream.IntStream;
import org.portafilter.graph.UpdateOp;

/** Optimizer updates of one element, from the formulas of their papers. */
public final class UpdateOracle {
  private final UpdateOp.Step op;
  private final double rate;
  private final int t;

  /**
   * Updates of one kind.
   *
   * @param t the update, counted from 1
   */
  public UpdateOracle(UpdateOp.Step op, double rate, int t) {
    this.op = op;
    this.rate = rate * op.rateScale();
    this.t = t;
  }

  /**
   * The new parameter, then what is remembered.
   *
   * @param memory what is remembered now, in the rule's order
   */
  public double[] of(double w, double gradient, double... memory) {
    double g = gradient + op.weightDecay() * w;
    double kept = w - rate * op.decoupledDecay() * w;
    double a = memory.length > 0 ? memory[0] : 0;
    double b = memory.length > 1 ? memory[1] : 0;
    return switch (op.rule()) {
      case SGD -> new double[] {kept - rate * g};
      case MOMENTUM -> {
        double v = op.momentum() * a + g;
        yield new double[] {kept - rate * v, v};
      }
      case NESTEROV -> {
        double v = op.momentum() * a + g;
        yield new double[] {kept - rate * (g + op.momentum() * v), v};
      }
      case ADAM, AMSGRAD, NADAM, LAMB -> adaptive(w, kept, g, memory);
      case ADAGRAD -> {
        double s = a + g * g;
        yield new double[] {kept - rate * g / (Math.sqrt(s) + op.epsilon()), s};
      }
      case RMSPROP -> {
        double s = mean(a, g * g);
        yield new double[] {kept - rate * g / (Math.sqrt(s) + op.epsilon()), s};
      }
      case RMSPROP_MOMENTUM -> {
        double s = mean(a, g * g);
        double v = op.momentum() * b + g / (Math.sqrt(s) + op.epsilon());
        yield new double[] {kept - rate * v, s, v};
      }
      case ADADELTA -> {
        double s = mean(a, g * g);
        double d = g * Math.sqrt(b + op.epsilon()) / Math.sqrt(s + op.epsilon());
        yield new double[] {kept - rate * d, s, mean(b, d * d)};
      }
      case ADAMAX -> {
        double m = op.momentum() * a + (1 - op.momentum()) * g;
        double largest = Math.max(op.beta2() * b, Math.abs(g) + op.epsilon());
        yield new double[] {kept - rate * m / correction(op.momentum(), t) / largest, m, largest};
      }
      case LION -> {
        double c = op.momentum() * a + (1 - op.momentum()) * g;
        yield new double[] {kept - rate * Math.signum(c), mean(a, g)};
      }
    };
  }

  private double mean(double before, double now) {
    return op.beta2() * before + (1 - op.beta2()) * now;
  }

  private static double correction(double power, int steps) {
    return 1 - Math.pow(power, steps);
  }

  /** By how much of beta1 NAdam's momentum is smaller in an update. */
  private double warming(int update) {
    return 0.5 * Math.pow(0.96, update * op.momentumDecay());
  }

  private double momentum(int update) {
    return op.momentum() * (1 - warming(update));
  }

  private double[] adaptive(double w, double kept, double g, double[] memory) {
    double beta1 = op.momentum();
    double m = beta1 * memory[0] + (1 - beta1) * g;
    double v = mean(memory[1], g * g);
    double root = Math.sqrt(v / correction(op.beta2(), t)) + op.epsilon();
    double first = m / correction(beta1, t);
    return switch (op.rule()) {
      case AMSGRAD -> {
        double largest = Math.max(memory[2], v);
        double scale = Math.sqrt(largest / correction(op.beta2(), t)) + op.epsilon();
        yield new double[] {kept - rate * first / scale, m, v, largest};
      }
      case NADAM -> {
        // By logarithms, because 1 less the product may be small.
        double product =
            IntStream.rangeClosed(1, t).mapToDouble(i -> Math.log1p(-warming(i))).sum()
                + t * Math.log(beta1);
        double next = momentum(t + 1);
        double ahead =
            next * m / -Math.expm1(product + Math.log(next))
                + (1 - momentum(t)) * g / -Math.expm1(product);
        yield new double[] {kept - rate * ahead / root, m, v};
      }
      case LAMB -> new double[] {first / root + op.decoupledDecay() * w, m, v};
      default -> new double[] {kept - rate * first / root, m, v};
    };
  }
}
