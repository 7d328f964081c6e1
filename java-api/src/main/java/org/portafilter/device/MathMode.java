package org.portafilter.device;

/** Which rounding errors a plan may have. Both are the same from run to run and for any threads. */
public enum MathMode {
  /**
   * The fastest kernels whose error the tolerance table states: among them Winograd's F(4x4, 3x3)
   * for 3x3 convolutions, whose error is a few times that of a plain sum.
   */
  FAST,
  /** Plain sums of products only. */
  STRICT
}
