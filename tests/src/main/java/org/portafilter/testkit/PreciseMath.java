package org.portafilter.testkit;

import java.math.BigDecimal;
import java.math.MathContext;

/** Exponentials and logarithms to 60 digits, from their series. */
public final class PreciseMath {
  /** The precision of all sums: 80 digits. */
  public static final MathContext DIGITS = new MathContext(80);

  private static final BigDecimal TWO = BigDecimal.valueOf(2);
  private static final BigDecimal LEAST = BigDecimal.valueOf(-20_000);
  private static final BigDecimal SMALL = new BigDecimal("1e-90");
  private static final BigDecimal LN2 = TWO.multiply(arctanh(BigDecimal.ONE.divide(of(3), DIGITS)));

  private PreciseMath() {}

  /** The exact value of a double. */
  public static BigDecimal of(double value) {
    return new BigDecimal(value);
  }

  /** {@code e^x} for {@code x} up to 20,000, and 0 below -20,000. */
  public static BigDecimal exp(BigDecimal x) {
    if (x.compareTo(LEAST) < 0) {
      return BigDecimal.ZERO;
    }
    int halvings = 0;
    BigDecimal rest = x;
    while (rest.abs().doubleValue() > 0.01) {
      rest = rest.divide(TWO, DIGITS);
      halvings++;
    }
    BigDecimal term = BigDecimal.ONE;
    BigDecimal sum = BigDecimal.ONE;
    for (int n = 1; term.abs().compareTo(SMALL) > 0; n++) {
      term = term.multiply(rest, DIGITS).divide(of(n), DIGITS);
      sum = sum.add(term, DIGITS);
    }
    for (int i = 0; i < halvings; i++) {
      sum = sum.multiply(sum, DIGITS);
    }
    return sum;
  }

  /** {@code log(1 + x)} for {@code x} above -1, with as many digits where {@code x} is small. */
  public static BigDecimal log1p(BigDecimal x) {
    if (x.abs().doubleValue() < 0.45) {
      return TWO.multiply(arctanh(x.divide(TWO.add(x), DIGITS)));
    }
    BigDecimal scaled = BigDecimal.ONE.add(x);
    int power = 0;
    while (scaled.doubleValue() > 1.4) {
      scaled = scaled.divide(TWO, DIGITS);
      power++;
    }
    while (scaled.doubleValue() < 0.7) {
      scaled = scaled.multiply(TWO);
      power--;
    }
    return log1p(scaled.subtract(BigDecimal.ONE)).add(LN2.multiply(of(power)), DIGITS);
  }

  /** {@code log x} for {@code x} above 0. */
  public static BigDecimal log(BigDecimal x) {
    return log1p(x.subtract(BigDecimal.ONE));
  }

  private static BigDecimal arctanh(BigDecimal s) {
    BigDecimal square = s.multiply(s, DIGITS);
    BigDecimal power = s;
    BigDecimal sum = s;
    BigDecimal least = s.abs().multiply(SMALL);
    for (int n = 3; power.abs().compareTo(least) > 0; n += 2) {
      power = power.multiply(square, DIGITS);
      sum = sum.add(power.divide(of(n), DIGITS), DIGITS);
    }
    return sum;
  }
}
