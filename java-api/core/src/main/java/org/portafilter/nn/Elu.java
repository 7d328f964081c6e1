package org.portafilter.nn;

import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code x}, or {@code alpha (e^x - 1)} below 0, elementwise (Clevert et al. 2016). */
public record Elu(double alpha) implements Layer {
  /** Alpha 1. */
  public static Elu of() {
    return new Elu(1);
  }

  /** This alpha: the value far below 0 is its negative. */
  public static Elu of(double alpha) {
    return new Elu(alpha);
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Apply(Function.ELU, alpha), x);
  }
}
