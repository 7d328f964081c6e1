package org.portafilter.testkit;

import java.util.Arrays;
import org.portafilter.shape.DType;

/**
 * The table of allowed errors, in units of the working type's rounding error times the magnitude of
 * what was summed: the one place where a test's tolerance comes from.
 */
public enum Tolerance {
  /** Maxima, moves, additions of two numbers: the kernel does what the oracle does. */
  EXACT(0),
  /** One or two roundings in the working type. */
  ROUNDING(4),
  /**
   * A sum of products in the working type; magnitude is the same sum over absolute values. Blocked
   * sums stay far below n.
   */
  PRODUCTS(8),
  /**
   * Products through Winograd's F(4x4, 3x3): transforms mix the sums of a whole tile, so the
   * magnitude of every element is the largest of the tensor's.
   */
  WINOGRAD(8),
  /**
   * Products on tensor cores whose factors lose all but eleven bits: 2^-11 each, and as much again
   * for hardware that cuts instead of rounding. The sums stay in single precision.
   */
  TF32(0x1.0p15),
  /**
   * Products of factors rounded to eight bits, 2^-8 each, and a result that is rounded so once or,
   * where bias and residual are added after it, twice; and a sixteenth for errors of errors.
   */
  BFLOAT16(0x1.1p18),
  /**
   * The same of factors rounded to eleven bits, 2^-11 each; below 2^-14 a half counts multiples of
   * 2^-24, so that the result, and a small factor of a term or two, are off by half of one.
   */
  FLOAT16(0x1.1p15, 0x1.0p-23),
  /** exp, tanh and division, a few units in the last place each. */
  TRANSCENDENTAL(16),
  /** Sums in double of values rounded to the working type, then scaled by an inverse deviation. */
  STATISTICS(32);

  private final double units;
  private final double least;

  Tolerance(double units) {
    this(units, 0);
  }

  Tolerance(double units, double least) {
    this.units = units;
    this.least = least;
  }

  /** The tolerance of products by a kernel whose {@code numericsId} ends in this word. */
  public static Tolerance products(String numericsId) {
    if (numericsId.equals("winograd")) {
      return WINOGRAD;
    }
    return numericsId.endsWith("tf32")
        ? TF32
        : numericsId.endsWith("bfloat16")
            ? BFLOAT16
            : numericsId.endsWith("float16") ? FLOAT16 : PRODUCTS;
  }

  /** The absolute error allowed where the magnitude is this. */
  public double at(DType dtype, double magnitude) {
    double rounding = dtype == DType.FLOAT64 ? 0x1.0p-53 : 0x1.0p-24;
    return units * rounding * magnitude + least;
  }

  /** Throws unless every element is within this tolerance at its own magnitude. */
  public void check(String what, DType dtype, double[] expected, double[] got, double[] magnitude) {
    if (expected.length != got.length) {
      throw new AssertionError(
          what + ": expected " + expected.length + " values, got " + got.length);
    }
    for (int i = 0; i < expected.length; i++) {
      double allowed = at(dtype, magnitude[i]);
      boolean same =
          Double.compare(expected[i], got[i]) == 0 || Math.abs(expected[i] - got[i]) <= allowed;
      if (!same) {
        throw new AssertionError(
            "%s (%s): element %s of %s: expected %s, got %s, difference %s, allowed %s"
                .formatted(
                    what,
                    dtype,
                    i,
                    expected.length,
                    expected[i],
                    got[i],
                    expected[i] - got[i],
                    allowed));
      }
    }
  }

  /** As above, every magnitude the largest absolute value expected. */
  public void check(String what, DType dtype, double[] expected, double[] got) {
    double most = 0;
    for (double value : expected) {
      most = Math.max(most, Math.abs(value));
    }
    double[] magnitude = new double[expected.length];
    Arrays.fill(magnitude, most);
    check(what, dtype, expected, got, magnitude);
  }
}
