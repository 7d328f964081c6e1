package org.portafilter.optim.schedule;

import org.portafilter.shape.PortafilterException;

/**
 * Triangles between {@code floor} times the base rate and the base rate, {@code steps} steps up and
 * as many down, each peak {@code decay} times as far above the floor as the one before (Smith
 * 2017).
 */
public record Cyclic(long steps, double floor, double decay) implements Schedule {
  /** Checks the ranges. */
  public Cyclic {
    if (steps < 1 || !(floor >= 0 && floor <= 1) || !(decay > 0 && decay <= 1)) {
      throw new PortafilterException(
          "Cyclic needs at least 1 step, a floor in [0, 1] and a decay in (0, 1], got %s, %s and %s"
              .formatted(steps, floor, decay));
    }
  }

  /** Triangles of equal height from {@code floor} times the base rate. */
  public static Cyclic of(long steps, double floor) {
    return new Cyclic(steps, floor, 1);
  }

  /** The same with peaks that shrink; 0.5 halves them. */
  public Cyclic withDecay(double decay) {
    return new Cyclic(steps, floor, decay);
  }

  @Override
  public double rate(long step, double base) {
    long cycle = step / (2 * steps);
    double within = (double) (step % (2 * steps)) / steps;
    double height = Math.min(within, 2 - within) * StrictMath.pow(decay, cycle);
    return base * (floor + (1 - floor) * height);
  }
}
