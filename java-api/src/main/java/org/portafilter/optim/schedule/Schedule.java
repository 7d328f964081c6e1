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
}
