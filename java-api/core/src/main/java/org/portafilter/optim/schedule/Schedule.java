package org.portafilter.optim.schedule;

/**
 * The learning rate of each step. Schedules compose:
 *
 * <pre>{@code
 * Schedule schedule = WarmUp.of(500, Cosine.of(20_000));
 * trainer.schedule(schedule);
 * }</pre>
 */
public interface Schedule {
  /**
   * The rate of one step.
   *
   * @param step steps done before it, from 0
   * @param base the rate the training was started with
   */
  double rate(long step, double base);

  /**
   * The same under a name, by which a resumed training knows it again: for lambdas, which have none
   * of their own. Records need none.
   *
   * <pre>{@code
   * trainer.schedule(Schedule.named("half at 1000", (step, base) -> step < 1000 ? base : base / 2));
   * }</pre>
   *
   * @param name says everything that another run must have in common; not blank
   */
  static Schedule named(String name, Schedule schedule) {
    return new NamedSchedule(name, schedule);
  }
}
