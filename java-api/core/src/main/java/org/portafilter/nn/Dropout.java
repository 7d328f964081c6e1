package org.portafilter.nn;

import org.portafilter.graph.DropoutOp;
import org.portafilter.graph.StepScalar;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;

/**
 * Inverted dropout (Srivastava et al. 2014): in training each element is zero with probability
 * {@code rate} and the rest is divided by {@code 1 - rate}; at inference nothing happens.
 */
public record Dropout(double rate) implements Layer {
  /** Checks the rate. */
  public Dropout {
    if (!(rate >= 0 && rate < 1)) {
      throw new PortafilterException("Dropout needs a rate in [0, 1), got " + rate);
    }
  }

  /** Dropout with this probability of dropping. */
  public static Dropout of(double rate) {
    return new Dropout(rate);
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(
        new DropoutOp(rate, scope.stream()),
        x,
        scope.scalar(StepScalar.SEED),
        scope.scalar(StepScalar.STEP));
  }
}
