package org.portafilter.nn;

import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code x tanh(log(1 + e^x))}, elementwise (Misra 2019). */
public record Mish() implements Layer {
  /** The layer. */
  public static Mish of() {
    return new Mish();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Apply(Function.MISH), x);
  }
}
