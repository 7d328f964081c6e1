package org.portafilter.nn;

import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code x / 6 + 1 / 2}, kept within [0, 1] (Howard et al. 2019). */
public record HardSigmoid() implements Layer {
  /** The layer. */
  public static HardSigmoid of() {
    return new HardSigmoid();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Apply(Function.HARD_SIGMOID), x);
  }
}
