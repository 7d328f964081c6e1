package org.portafilter.nn;

import org.portafilter.graph.Activation;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code max(0, x)}, elementwise; NaN passes. */
public record Relu() implements Layer {
  /** The layer. */
  public static Relu of() {
    return new Relu();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Activate(Activation.RELU), x);
  }
}
