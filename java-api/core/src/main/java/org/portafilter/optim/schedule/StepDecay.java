package org.portafilter.optim.schedule;

import org.portafilter.shape.PortafilterException;

/** The base rate times {@code factor} for every {@code steps} steps done. */
public record StepDecay(long steps, double factor) implements Schedule {
  /** Checks the ranges. */
  public StepDecay {
    if (steps < 1 || !(factor > 0 && factor <= 1)) {
      throw new PortafilterException(
          "StepDecay needs at least 1 step and a factor in (0, 1], got "
              + steps
              + " and "
              + factor);
    }
  }

  /** Multiplies by {@code factor} after each {@code steps} steps. */
  public static StepDecay of(long steps, double factor) {
    return new StepDecay(steps, factor);
  }

  @Override
  public double rate(long step, double base) {
    return base * StrictMath.pow(factor, step / steps);
  }
}
