package org.portafilter.nn;

import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code min(max(x, low), high)}, elementwise; NaN stays. */
public record HardTanh(double low, double high) implements Layer {
  /** Within [-1, 1]. */
  public static HardTanh of() {
    return new HardTanh(-1, 1);
  }

  /** Within {@code [low, high]}. */
  public static HardTanh of(double low, double high) {
    return new HardTanh(low, high);
  }

  /** Within [0, 6]: ReLU6 (Krizhevsky 2010), the activation of MobileNets. */
  public static HardTanh relu6() {
    return new HardTanh(0, 6);
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Clamp(low, high), x);
  }
}
