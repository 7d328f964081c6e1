package org.portafilter.graph;

/** Elementwise nonlinearities; the derivative of each is a function of its value. */
public enum Activation {
  /** {@code x}. */
  IDENTITY,
  /** {@code max(0, x)}; NaN passes. */
  RELU,
  /** {@code 1 / (1 + exp(-x))}. */
  SIGMOID,
  /** Hyperbolic tangent. */
  TANH
}
