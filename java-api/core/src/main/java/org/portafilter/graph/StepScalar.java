package org.portafilter.graph;

import org.jspecify.annotations.Nullable;
import org.portafilter.shape.DType;

/** The numbers a program reads anew at every run, so that changing one replans nothing. */
public enum StepScalar {
  /** Learning rate, read by updates. */
  LEARNING_RATE("learning_rate", DType.FLOAT64),
  /** Number of updates done so far; part of dropout's counter and of Adam's bias correction. */
  STEP("step", DType.INT64),
  /** Seed of everything random in a step. */
  SEED("seed", DType.INT64),
  /**
   * The gradient of the loss with respect to itself: 1 unless gradients are scaled. In the working
   * type.
   */
  LOSS_SCALE("loss_scale", null);

  private final String path;
  private final @Nullable DType dtype;

  StepScalar(String path, @Nullable DType dtype) {
    this.path = path;
    this.dtype = dtype;
  }

  /** The leaf's path in a graph. */
  public String path() {
    return "scalar/" + path;
  }

  /** The element type when the network computes in {@code working}. */
  public DType dtype(DType working) {
    return dtype == null ? working : dtype;
  }
}
