package org.portafilter.train;

import org.portafilter.device.MathMode;

/**
 * By what gradients are multiplied on their way back through half precision: doubled after {@value
 * #GROWTH_STEPS} steps without overflow, halved by an overflow, whose step is left out
 * (Micikevicius et al. 2018, section 3.2; the numbers are PyTorch's).
 *
 * @param value a power of two
 * @param steps since it last changed
 */
record LossScale(double value, int steps) {
  private static final double FIRST = 65536;
  private static final double MOST = 0x1p24;
  private static final int GROWTH_STEPS = 2000;

  /** For gradients that need none. */
  static final LossScale NONE = new LossScale(1, 0);

  /** Where a training with this math begins. */
  static LossScale first(MathMode math) {
    return isUsed(math) ? new LossScale(FIRST, 0) : NONE;
  }

  /** Whether gradients are scaled at all. */
  static boolean isUsed(MathMode math) {
    return math == MathMode.FLOAT16;
  }

  LossScale afterStep() {
    boolean grows = steps + 1 == GROWTH_STEPS && value < MOST;
    return grows ? new LossScale(2 * value, 0) : new LossScale(value, (steps + 1) % GROWTH_STEPS);
  }

  /** Half of it; what overflows at 1 overflows without a scale. */
  LossScale afterOverflow() {
    return new LossScale(value / 2, 0);
  }
}
