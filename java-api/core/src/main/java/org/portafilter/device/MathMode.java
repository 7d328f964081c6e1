package org.portafilter.device;

/** Which rounding errors a plan may have. All are the same from run to run and for any threads. */
public enum MathMode {
  /**
   * The fastest kernels whose error the tolerance table states: among them Winograd's F(4x4, 3x3)
   * for 3x3 convolutions, whose error is a few times that of a plain sum; and on GPUs TF32, which
   * rounds the factors of products to eleven bits.
   */
  FAST,
  /** Plain sums of products in the working type only: no Winograd, no TF32. */
  STRICT,
  /**
   * Images, weights and their gradients are rounded to bfloat16 inside a step, sums run in single
   * precision; parameters, statistics, moments and losses stay single precision. On GPUs only.
   */
  BFLOAT16,
  /**
   * As {@link #BFLOAT16}, but rounded to half precision: three bits more, and a range so small that
   * gradients are scaled up on their way back and down again before anything reads them
   * (Micikevicius et al. 2018, "Mixed Precision Training"). On GPUs only.
   */
  FLOAT16
}
