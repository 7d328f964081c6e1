package org.portafilter.optim.schedule;

import org.portafilter.shape.PortafilterException;

/**
 * One schedule for {@code steps} steps, then another, which counts its own steps from there.
 *
 * <pre>{@code
 * Schedule schedule = Then.of(Constant.of(), 10_000, Cosine.of(5_000));
 * }</pre>
 */
public record Then(Schedule first, long steps, Schedule next) implements Schedule {
  /** Checks the range. */
  public Then {
    if (steps < 1) {
      throw new PortafilterException("Then needs at least 1 step before it, got " + steps);
    }
  }

  /** {@code first} for so many steps, then {@code next}. */
  public static Then of(Schedule first, long steps, Schedule next) {
    return new Then(first, steps, next);
  }

  @Override
  public double rate(long step, double base) {
    return step < steps ? first.rate(step, base) : next.rate(step - steps, base);
  }
}
