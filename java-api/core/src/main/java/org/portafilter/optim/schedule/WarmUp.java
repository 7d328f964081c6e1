package org.portafilter.optim.schedule;

import org.portafilter.shape.PortafilterException;

/**
 * A straight line up to the base rate over the first {@code steps} steps (step {@code i} gets
 * {@code (i + 1) / steps} of it), then another schedule, which counts its own steps from there
 * (Goyal et al. 2017).
 */
public record WarmUp(long steps, Schedule then) implements Schedule {
  /** Checks the range. */
  public WarmUp {
    if (steps < 1) {
      throw new PortafilterException("WarmUp needs at least 1 step, got " + steps);
    }
  }

  /** A line over {@code steps} steps before {@code then}. */
  public static WarmUp of(long steps, Schedule then) {
    return new WarmUp(steps, then);
  }

  @Override
  public double rate(long step, double base) {
    return step < steps ? base * (step + 1) / steps : then.rate(step - steps, base);
  }
}
