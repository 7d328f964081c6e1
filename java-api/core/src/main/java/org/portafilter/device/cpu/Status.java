package org.portafilter.device.cpu;

import org.portafilter.binding.Kernels;
import org.portafilter.device.NotFiniteException;
import org.portafilter.device.OverflowException;
import org.portafilter.shape.PortafilterException;

/** The one place where a native status becomes an exception. */
final class Status {
  private Status() {}

  static void check(int status, String where) {
    if (status == Kernels.PF_NOT_FINITE) {
      throw new NotFiniteException(where);
    }
    if (status == Kernels.PF_OVERFLOW) {
      throw new OverflowException(where);
    }
    if (status != Kernels.PF_OK) {
      throw new PortafilterException(where + ": " + text(status));
    }
  }

  private static String text(int status) {
    return switch (status) {
      case Kernels.PF_INVALID ->
          "the native kernels refused the descriptor as contradictory (a bug in this library:"
              + " please report it with this message)";
      case Kernels.PF_UNSUPPORTED -> "the native kernels of this build do not support it";
      case Kernels.PF_OUT_OF_MEMORY ->
          "the system refused the memory; use a smaller batch or give the process more";
      case Kernels.PF_CANCELLED -> "the run was cancelled";
      case Kernels.PF_BLAS_THREADS ->
          "another library raised OpenBLAS's thread count during the run, so results may"
              + " differ in their last bits; leave openblas_set_num_threads at 1 in this process";
      case Kernels.PF_LABEL_RANGE ->
          "a class label lies outside [0, classes); check the labels against the width of"
              + " the last layer";
      case Kernels.PF_THREAD_START -> "the system refused to start a thread; ask for fewer threads";
      default -> "unknown native status " + status;
    };
  }
}
