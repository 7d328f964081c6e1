package org.portafilter.optim.schedule;

import org.portafilter.shape.PortafilterException;

/** The base rate times {@code factor} at every {@code steps} steps, smoothly in between. */
public record Exponential(long steps, double factor) implements Schedule {
  /** Checks the ranges. */
  public Exponential {
    if (steps < 1 || !(factor > 0 && factor <= 1)) {
      throw new PortafilterException(
          "Exponential needs at least 1 step and a factor in (0, 1], got %s and %s"
              .formatted(steps, factor));
    }
  }

  /** {@code factor^(step / steps)} of the base rate. */
  public static Exponential of(long steps, double factor) {
    return new Exponential(steps, factor);
  }

  @Override
  public double rate(long step, double base) {
    return base * StrictMath.pow(factor, (double) step / steps);
  }
}
