package org.portafilter.nn;

import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code 1.0507 x}, or {@code 1.0507 * 1.6733 (e^x - 1)} below 0 (Klambauer et al. 2017). */
public record Selu() implements Layer {
  /** The layer. */
  public static Selu of() {
    return new Selu();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Apply(Function.SELU), x);
  }
}
