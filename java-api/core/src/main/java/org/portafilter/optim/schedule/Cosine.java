package org.portafilter.optim.schedule;

import org.portafilter.shape.PortafilterException;

/**
 * Half a cosine from the base rate down to {@code floor} times it over {@code steps} steps, then
 * constant (Loshchilov and Hutter 2016): {@code floor + (1 - floor) (1 + cos(pi step / steps)) /
 * 2}.
 */
public record Cosine(long steps, double floor) implements Schedule {
  /** Checks the ranges. */
  public Cosine {
    if (steps < 1 || !(floor >= 0 && floor <= 1)) {
      throw new PortafilterException(
          "Cosine needs at least 1 step and a floor in [0, 1], got " + steps + " and " + floor);
    }
  }

  /** Down to 0 over {@code steps} steps. */
  public static Cosine of(long steps) {
    return new Cosine(steps, 0);
  }

  /** The same down to {@code floor} times the base rate. */
  public Cosine withFloor(double floor) {
    return new Cosine(steps, floor);
  }

  @Override
  public double rate(long step, double base) {
    double done = Math.min(1.0, (double) step / steps);
    return base * (floor + (1 - floor) * (1 + StrictMath.cos(Math.PI * done)) / 2);
  }
}
