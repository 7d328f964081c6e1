package org.portafilter.nn;

import org.portafilter.graph.SoftmaxOp;
import org.portafilter.graph.Value;

/** The logarithm of softmax over the classes: N x C to N x C. */
public record LogSoftmax() implements Layer {
  /** The layer. */
  public static LogSoftmax of() {
    return new LogSoftmax();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new SoftmaxOp.Log(), x);
  }
}
