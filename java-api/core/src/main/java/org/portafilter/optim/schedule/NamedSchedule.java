package org.portafilter.optim.schedule;

import org.portafilter.shape.PortafilterException;

/** A schedule that checkpoints know by a name. */
final class NamedSchedule implements Schedule {
  private final String name;
  private final Schedule schedule;

  NamedSchedule(String name, Schedule schedule) {
    if (name.isBlank()) {
      throw new PortafilterException("a schedule's name needs at least one letter");
    }
    this.name = name;
    this.schedule = schedule;
  }

  @Override
  public double rate(long step, double base) {
    return schedule.rate(step, base);
  }

  @Override
  public String toString() {
    return "'" + name + "'";
  }
}
