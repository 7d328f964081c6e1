package org.portafilter.nn;

import org.portafilter.graph.Activation;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code 1 / (1 + exp(-x))}, elementwise. */
public record Sigmoid() implements Layer {
  /** The layer. */
  public static Sigmoid of() {
    return new Sigmoid();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Activate(Activation.SIGMOID), x);
  }
}
