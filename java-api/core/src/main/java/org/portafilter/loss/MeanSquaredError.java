package org.portafilter.loss;

import org.portafilter.graph.Function;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/**
 * The mean of {@code (output - target)^2} over all elements: the quadratic loss of regression.
 * Targets are numbers of the output's shape; for classes see {@code Dataset.oneHot}.
 */
public record MeanSquaredError() implements Loss {
  /** The loss. */
  public static MeanSquaredError of() {
    return new MeanSquaredError();
  }

  @Override
  public Value apply(Graph.Builder graph, Value output, Value labels) {
    Value difference = Means.difference(graph, output, labels);
    return Means.all(graph, graph.add("loss", new PointwiseOp.Apply(Function.SQUARE), difference));
  }
}
