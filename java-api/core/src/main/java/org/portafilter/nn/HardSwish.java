package org.portafilter.nn;

import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code x hard_sigmoid(x)}, elementwise (Howard et al. 2019). */
public record HardSwish() implements Layer {
  /** The layer. */
  public static HardSwish of() {
    return new HardSwish();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Apply(Function.HARD_SWISH), x);
  }
}
