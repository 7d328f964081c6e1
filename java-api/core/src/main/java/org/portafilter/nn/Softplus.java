package org.portafilter.nn;

import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code log(1 + e^x)}, elementwise: a smooth ReLU (Glorot et al. 2011). */
public record Softplus() implements Layer {
  /** The layer. */
  public static Softplus of() {
    return new Softplus();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Apply(Function.SOFTPLUS), x);
  }
}
