package org.portafilter.optim.schedule;

import java.util.List;
import org.portafilter.shape.PortafilterException;

/**
 * One cycle (Smith and Topin 2017): half a cosine from {@code first} times the base rate up to it
 * over the part {@code rise} of {@code steps} steps, then half a cosine down to {@code last} times
 * it, then constant. The base rate is the highest.
 */
public record OneCycle(long steps, double rise, double first, double last) implements Schedule {
  /** Checks the ranges. */
  public OneCycle {
    boolean factors = first >= 0 && first <= 1 && last >= 0 && last <= 1;
    if (steps < 2 || !(rise > 0 && rise < 1) || !factors) {
      throw new PortafilterException(
          "OneCycle needs at least 2 steps, a rise in (0, 1) and factors in [0, 1], got %s"
              .formatted(List.of(steps, rise, first, last)));
    }
  }

  /** From a 25th of the base rate over 0.3 of the steps up to it, and down to a 250,000th. */
  public static OneCycle of(long steps) {
    return new OneCycle(steps, 0.3, 1 / 25.0, 1 / 250_000.0);
  }

  /** The same with another part of the steps for the way up. */
  public OneCycle withRise(double rise) {
    return new OneCycle(steps, rise, first, last);
  }

  /** The same from and to other shares of the base rate. */
  public OneCycle withEnds(double first, double last) {
    return new OneCycle(steps, rise, first, last);
  }

  @Override
  public double rate(long step, double base) {
    double top = rise * steps;
    double done = step < top ? step / top : Math.min(1, (step - top) / (steps - top));
    double from = step < top ? first : 1;
    double to = step < top ? 1 : last;
    return base * (to + (from - to) * (1 + StrictMath.cos(Math.PI * done)) / 2);
  }
}
