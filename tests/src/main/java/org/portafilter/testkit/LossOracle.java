package org.portafilter.testkit;

import static org.portafilter.testkit.PreciseMath.DIGITS;
import static org.portafilter.testkit.PreciseMath.exp;
import static org.portafilter.testkit.PreciseMath.log1p;
import static org.portafilter.testkit.PreciseMath.of;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * Losses of one row and their gradients to 60 digits, from their formulas. A logit of null is
 * -infinity: a class that is masked.
 */
public final class LossOracle {
  private static final BigDecimal ZERO = BigDecimal.ZERO;
  private static final BigDecimal ONE = BigDecimal.ONE;

  /** A loss, its gradient, and for each gradient the sizes of what it is a sum of. */
  public record Answer(BigDecimal loss, BigDecimal[] gradient, BigDecimal[] sizes) {}

  private LossOracle() {}

  /** {@code log(1 + e^x)}. */
  public static BigDecimal softplus(BigDecimal x) {
    return x.max(ZERO).add(log1p(exp(x.abs().negate())), DIGITS);
  }

  /** {@code 1 / (1 + e^-x)}. */
  public static BigDecimal sigmoid(BigDecimal x) {
    BigDecimal e = exp(x.abs().negate());
    return (x.signum() < 0 ? e : ONE).divide(ONE.add(e), DIGITS);
  }

  /** Binary cross-entropy of one logit and its target. */
  public static Answer binary(double logit, double target) {
    BigDecimal x = of(logit);
    BigDecimal yes = of(target);
    BigDecimal no = ONE.subtract(yes);
    BigDecimal loss = yes.multiply(softplus(x.negate())).add(no.multiply(softplus(x)), DIGITS);
    BigDecimal missed = yes.multiply(sigmoid(x.negate()));
    BigDecimal mistaken = no.multiply(sigmoid(x));
    return new Answer(
        loss,
        new BigDecimal[] {mistaken.subtract(missed, DIGITS)},
        new BigDecimal[] {mistaken.add(missed, DIGITS)});
  }

  /** The logarithms of a row's probabilities; null for those of masked classes. */
  private static @Nullable BigDecimal[] logs(double[] row) {
    int largest = 0;
    for (int c = 1; c < row.length; c++) {
      largest = row[c] > row[largest] ? c : largest;
    }
    BigDecimal rest = ZERO;
    for (int c = 0; c < row.length; c++) {
      if (c != largest && row[c] != Double.NEGATIVE_INFINITY) {
        rest = rest.add(exp(of(row[c]).subtract(of(row[largest]))), DIGITS);
      }
    }
    BigDecimal sum = log1p(rest);
    BigDecimal[] logs = new BigDecimal[row.length];
    for (int c = 0; c < row.length; c++) {
      logs[c] =
          row[c] == Double.NEGATIVE_INFINITY
              ? null
              : of(row[c]).subtract(of(row[largest])).subtract(sum, DIGITS);
    }
    return logs;
  }

  private static BigDecimal power(@Nullable BigDecimal log) {
    return log == null ? ZERO : exp(log);
  }

  /** {@code - sum a_c log p_c}; a masked class must have no part in it. */
  public static Answer crossEntropy(double[] row, double[] parts) {
    BigDecimal[] logs = logs(row);
    BigDecimal loss = ZERO;
    BigDecimal[] gradient = new BigDecimal[row.length];
    BigDecimal[] sizes = new BigDecimal[row.length];
    for (int c = 0; c < row.length; c++) {
      if (parts[c] != 0) {
        loss = loss.subtract(of(parts[c]).multiply(logs[c]), DIGITS);
      }
      BigDecimal away = ZERO;
      BigDecimal towards = ZERO;
      for (int k = 0; k < row.length; k++) {
        if (k != c) {
          away = away.add(of(parts[k]).multiply(power(logs[c])), DIGITS);
          towards = towards.add(of(parts[c]).multiply(power(logs[k])), DIGITS);
        }
      }
      gradient[c] = away.subtract(towards, DIGITS);
      sizes[c] = away.add(towards, DIGITS);
    }
    return new Answer(loss, gradient, sizes);
  }

  /** {@code -(1 - p)^gamma log p} of the label's class, for a whole gamma. */
  public static Answer focal(double[] row, int label, int gamma) {
    BigDecimal[] logs = logs(row);
    BigDecimal log = logs[label];
    BigDecimal missing = ZERO;
    for (int c = 0; c < row.length; c++) {
      missing = c == label ? missing : missing.add(power(logs[c]), DIGITS);
    }
    BigDecimal focus = missing.pow(gamma, DIGITS);
    BigDecimal slope = of(gamma).multiply(missing.pow(gamma - 1, DIGITS)).multiply(exp(log));
    // Of the loss by log p: both terms are of one sign.
    BigDecimal byLog = slope.multiply(log).subtract(focus, DIGITS);
    BigDecimal[] gradient = new BigDecimal[row.length];
    BigDecimal[] sizes = new BigDecimal[row.length];
    for (int c = 0; c < row.length; c++) {
      BigDecimal byLogit = c == label ? missing : power(logs[c]).negate();
      gradient[c] = byLog.multiply(byLogit, DIGITS);
      sizes[c] = gradient[c].abs();
    }
    return new Answer(focus.multiply(log, DIGITS).negate(), gradient, sizes);
  }
}
