package org.portafilter.nn;

import org.portafilter.graph.SoftmaxOp;
import org.portafilter.graph.Value;

/**
 * Softmax over the classes of N x C. Losses take logits: put it only where probabilities themselves
 * are wanted.
 */
public record Softmax() implements Layer {
  /** The layer. */
  public static Softmax of() {
    return new Softmax();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new SoftmaxOp.Forward(), x);
  }
}
