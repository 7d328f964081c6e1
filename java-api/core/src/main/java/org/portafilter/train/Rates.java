package org.portafilter.train;

import org.jspecify.annotations.Nullable;
import org.portafilter.optim.schedule.Schedule;
import org.portafilter.shape.PortafilterException;

/**
 * The learning rate of every step.
 *
 * @param base the rate that the schedule starts from
 * @param schedule how it moves from step to step
 * @param plateau how it falls when a number stalls, on top of the schedule; null for never
 */
record Rates(double base, Schedule schedule, @Nullable ReduceOnPlateau plateau) {
  Rates {
    if (!(base >= 0) || Double.isInfinite(base)) {
      throw new PortafilterException(
          "a learning rate needs to be a finite number of at least 0, got " + base);
    }
  }

  Rates withBase(double rate) {
    return new Rates(rate, schedule, plateau);
  }

  Rates withSchedule(Schedule other) {
    return new Rates(base, other, plateau);
  }

  Rates withPlateau(ReduceOnPlateau other) {
    return new Rates(base, schedule, other);
  }

  /** What the rates of the epoch after these rows are multiplied by. */
  double factor(History history) {
    return plateau == null ? 1 : plateau.rateFactor(history.epochs());
  }

  /** The rate of a step, but for the plateau's factor. */
  double at(long step) {
    return schedule.rate(step, base);
  }
}
