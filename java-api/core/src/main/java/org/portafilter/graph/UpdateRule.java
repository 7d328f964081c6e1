package org.portafilter.graph;

/**
 * How an optimizer makes a new parameter from the old one, its gradient g and what it remembers. In
 * the formulas {@code t} counts updates from 1, and {@code beta1} is {@link
 * UpdateOp.Step#momentum}.
 */
public enum UpdateRule {
  /** {@code w - rate g}. */
  SGD(0),
  /** {@code v' = momentum v + g}, {@code w - rate v'} (Polyak 1964). Remembers v. */
  MOMENTUM(1),
  /** {@code v' = momentum v + g}, {@code w - rate (g + momentum v')}. Remembers v. */
  NESTEROV(1),
  /**
   * {@code m' = beta1 m + (1 - beta1) g}, {@code v' = beta2 v + (1 - beta2) g^2}, {@code w - rate
   * (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + epsilon)} (Kingma and Ba 2015). Remembers m,
   * v.
   */
  ADAM(2),
  /**
   * Adam with the largest v so far in the root (Reddi et al. 2018). Remembers m, v, the largest.
   */
  AMSGRAD(3),
  /**
   * Adam with {@code mu_(t+1) m' / (1 - M_(t+1)) + (1 - mu_t) g / (1 - M_t)} for its mean, where
   * {@code mu_t = beta1 (1 - 0.96^(t momentumDecay) / 2)} and {@code M_t} is the product of {@code
   * mu_1} to {@code mu_t} (Dozat 2016). Remembers m, v.
   */
  NADAM(2),
  /** {@code s' = s + g^2}, {@code w - rate g / (sqrt(s') + epsilon)} (Duchi 2011). Remembers s. */
  ADAGRAD(1),
  /**
   * {@code s' = beta2 s + (1 - beta2) g^2}, {@code w - rate g / (sqrt(s') + epsilon)} (Hinton
   * 2012). Remembers s.
   */
  RMSPROP(1),
  /** The same, its step gathered as {@code v' = momentum v + step}. Remembers s, v. */
  RMSPROP_MOMENTUM(2),
  /**
   * {@code s' = beta2 s + (1 - beta2) g^2}, {@code d = g sqrt(u + epsilon) / sqrt(s' + epsilon)},
   * {@code u' = beta2 u + (1 - beta2) d^2}, {@code w - rate d} (Zeiler 2012). Remembers s, u.
   */
  ADADELTA(2),
  /**
   * {@code w - rate sign(beta1 m + (1 - beta1) g)}, {@code m' = beta2 m + (1 - beta2) g} (Chen et
   * al. 2023). Remembers m.
   */
  LION(1),
  /**
   * Not a parameter but LAMB's direction, Adam's step without its rate plus {@code decoupledDecay
   * w} (You et al. 2020). Remembers m, v.
   */
  LAMB(2),
  /**
   * {@code m' = beta1 m + (1 - beta1) g}, {@code u' = max(beta2 u, |g| + epsilon)}, {@code w - rate
   * m' / (1 - beta1^t) / u'} (Kingma and Ba 2015, section 7.1). Remembers m, u.
   */
  ADAMAX(2);

  private final int moments;

  UpdateRule(int moments) {
    this.moments = moments;
  }

  /** How many values of the parameter's shape it remembers. */
  public int moments() {
    return moments;
  }
}
