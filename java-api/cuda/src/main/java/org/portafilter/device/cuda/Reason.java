package org.portafilter.device.cuda;

import org.portafilter.device.NotFiniteException;
import org.portafilter.device.OverflowException;
import org.portafilter.shape.PortafilterException;

/** The one place where the word that stops a run becomes an exception. */
final class Reason {
  static final String CANCELLED = "the run was cancelled";

  /** The numbers are those of kernel.cuh. */
  private static final int LABEL_RANGE = 6;

  private static final int NOT_FINITE = 8;

  private static final int OVERFLOW = 9;

  private Reason() {}

  static void fail(long code, String where) {
    if (code == NOT_FINITE) {
      throw new NotFiniteException(where);
    }
    if (code == OVERFLOW) {
      throw new OverflowException(where);
    }
    if (code == LABEL_RANGE) {
      throw new PortafilterException(
          where
              + ": a class label lies outside [0, classes); check the labels against the width of"
              + " the last layer");
    }
    throw new PortafilterException(where + ": unknown reason " + code);
  }
}
