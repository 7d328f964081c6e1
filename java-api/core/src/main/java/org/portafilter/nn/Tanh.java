package org.portafilter.nn;

import org.portafilter.graph.Activation;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** Hyperbolic tangent, elementwise. */
public record Tanh() implements Layer {
  /** The layer. */
  public static Tanh of() {
    return new Tanh();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Activate(Activation.TANH), x);
  }
}
