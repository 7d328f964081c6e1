package org.portafilter.nn;

import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code x}, or {@code slope x} below 0, elementwise (Maas et al. 2013). */
public record LeakyRelu(double slope) implements Layer {
  /** Slope 0.01 below 0. */
  public static LeakyRelu of() {
    return new LeakyRelu(0.01);
  }

  /** This slope below 0. */
  public static LeakyRelu of(double slope) {
    return new LeakyRelu(slope);
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Apply(Function.LEAKY_RELU, slope), x);
  }
}
