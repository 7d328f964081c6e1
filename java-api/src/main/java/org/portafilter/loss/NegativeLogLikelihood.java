package org.portafilter.loss;

import org.portafilter.graph.Graph;
import org.portafilter.graph.MultiplyOp;
import org.portafilter.graph.OneHotOp;
import org.portafilter.graph.RescaleOp;
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
    Value hot = graph.add("loss/one_hot", new OneHotOp(0, -1), labels, output);
    Value own = graph.add("loss/own", new MultiplyOp(), output, hot);
    return Means.ofRows(graph, graph.add("loss", new RescaleOp(-1, 0), own));
  }
}
