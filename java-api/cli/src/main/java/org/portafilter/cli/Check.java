package org.portafilter.cli;

import org.portafilter.shape.PortafilterException;

/** Refuses options that cannot be, before anything is read. */
final class Check {
  /** Most images in a batch. */
  static final int MOST_BATCH = 1 << 20;

  private Check() {}

  static void require(boolean condition, String complaint) {
    if (!condition) {
      throw new PortafilterException(complaint);
    }
  }

  static void requireRange(String option, int value, int least, int most) {
    require(
        value >= least && value <= most,
        option + " must be between " + least + " and " + most + ", got " + value);
  }
}
