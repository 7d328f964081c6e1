package org.portafilter.loss;

import org.portafilter.graph.Graph;
import org.portafilter.graph.SoftmaxCrossEntropyOp;
import org.portafilter.graph.Value;

/**
 * The mean of {@code -log softmax(logits)[label]} over the batch, from logits N x C and labels in
 * [0, C). A network that knows nothing yet scores {@code ln C}.
 */
public record SoftmaxCrossEntropy() implements Loss {
  /** The loss. */
  public static SoftmaxCrossEntropy of() {
    return new SoftmaxCrossEntropy();
  }

  @Override
  public Value apply(Graph.Builder graph, Value output, Value labels) {
    return graph.add("loss", new SoftmaxCrossEntropyOp(), output, labels);
  }
}
