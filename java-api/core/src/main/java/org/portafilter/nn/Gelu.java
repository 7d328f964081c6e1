package org.portafilter.nn;

import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code x Phi(x)}, elementwise (Hendrycks and Gimpel 2016); exact, not the tanh approximation. */
public record Gelu() implements Layer {
  /** The layer. */
  public static Gelu of() {
    return new Gelu();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Apply(Function.GELU), x);
  }
}
