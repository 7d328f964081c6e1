package org.portafilter.optim.schedule;

/** The base rate at every step. */
public record Constant() implements Schedule {
  /** The schedule. */
  public static Constant of() {
    return new Constant();
  }

  @Override
  public double rate(long step, double base) {
    return base;
  }
}
