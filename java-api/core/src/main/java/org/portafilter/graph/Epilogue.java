package org.portafilter.graph;

/** What an op may do with its first output before it is written, in place of an op of its own. */
public enum Epilogue {
  /** {@code max(0, y)}. */
  RELU,
  /** {@code y + r}, of a last input r in y's shape; before a ReLU where both are. */
  RESIDUAL
}
