package org.portafilter.optim.schedule;

import org.portafilter.shape.PortafilterException;

/**
 * {@code (1 - step / steps)^power} of the base rate, 0 after {@code steps} steps; power 1 is a
 * straight line down (power 0.9: Chen et al. 2017).
 */
public record Polynomial(long steps, double power) implements Schedule {
  /** Checks the ranges. */
  public Polynomial {
    if (steps < 1 || !(power > 0)) {
      throw new PortafilterException(
          "Polynomial needs at least 1 step and a power above 0, got %s and %s"
              .formatted(steps, power));
    }
  }

  /** A straight line down to 0 over {@code steps} steps. */
  public static Polynomial of(long steps) {
    return new Polynomial(steps, 1);
  }

  /** The same with another power. */
  public Polynomial withPower(double power) {
    return new Polynomial(steps, power);
  }

  @Override
  public double rate(long step, double base) {
    double left = Math.max(0, 1 - (double) step / steps);
    return base * StrictMath.pow(left, power);
  }
}
