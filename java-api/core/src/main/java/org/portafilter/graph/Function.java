package org.portafilter.graph;

/** Elementwise functions whose derivative needs their argument; {@code alpha} is their number. */
public enum Function {
  /** {@code |x|}. */
  ABS(true, 0),
  /** {@code x^2}. */
  SQUARE(true),
  /** The square root. */
  SQRT(false),
  /** {@code e^x}. */
  EXP(false),
  /** The natural logarithm. */
  LOG(false),
  /** {@code x^alpha}. */
  POWER(false),
  /** {@code x}, or {@code alpha x} below 0 (Maas et al. 2013). */
  LEAKY_RELU(true, 0),
  /** {@code x}, or {@code alpha (e^x - 1)} below 0 (Clevert et al. 2016). */
  ELU(true, 0),
  /**
   * {@code lambda x}, or {@code lambda alpha (e^x - 1)} below 0, with alpha 1.6733 and lambda
   * 1.0507 (Klambauer et al. 2017).
   */
  SELU(true, 0),
  /** {@code x Phi(x)}, with the distribution function of the unit Gaussian (Hendrycks 2016). */
  GELU(true),
  /** {@code x / (1 + e^-x)}, also called Swish (Ramachandran et al. 2017). */
  SILU(true),
  /** {@code log(1 + e^x)}. */
  SOFTPLUS(false),
  /** {@code x / 6 + 1 / 2}, within [0, 1]. */
  HARD_SIGMOID(false, -3, 3),
  /** {@code x hard_sigmoid(x)} (Howard et al. 2019). */
  HARD_SWISH(true, -3, 3),
  /** {@code x^2 / 2}, or {@code alpha (|x| - alpha / 2)} beyond alpha (Huber 1964). */
  HUBER(true),
  /** {@code log(1 + x)}, which keeps the digits of a small {@code x}. */
  LOG1P(true),
  /** {@code x tanh(log(1 + e^x))} (Misra 2019). */
  MISH(true);

  private final boolean keepsZero;
  private final double[] kinks;

  Function(boolean keepsZero, double... kinks) {
    this.keepsZero = keepsZero;
    this.kinks = kinks;
  }

  /** Whether it is 0 at 0 and its derivative there finite. */
  public boolean keepsZero() {
    return keepsZero;
  }

  /** Where its derivatives jump. */
  public double[] kinks(double alpha) {
    return this == HUBER ? new double[] {-alpha, alpha} : kinks.clone();
  }
}
