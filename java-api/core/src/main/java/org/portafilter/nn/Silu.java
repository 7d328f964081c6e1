package org.portafilter.nn;

import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code x / (1 + e^-x)}, elementwise, also called Swish (Ramachandran et al. 2017). */
public record Silu() implements Layer {
  /** The layer. */
  public static Silu of() {
    return new Silu();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Apply(Function.SILU), x);
  }
}
