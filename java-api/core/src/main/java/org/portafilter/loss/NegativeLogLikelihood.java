package org.portafilter.loss;

import org.portafilter.graph.Graph;
import org.portafilter.graph.Value;

/**
 * The mean over the batch of {@code -output[label]}, from log-probabilities N x C and labels in [0,
 * C): for a network that ends with {@code LogSoftmax}.
 */
public record NegativeLogLikelihood() implements Loss {
  /** The loss. */
  public static NegativeLogLikelihood of() {
    return new NegativeLogLikelihood();
  }

  @Override
  public Value apply(Graph.Builder graph, Value output, Value labels) {
    return Means.minus(graph, Means.own(graph, output, labels));
  }
}
