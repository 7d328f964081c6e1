package org.portafilter.loss;

import org.portafilter.graph.Function;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/**
 * The mean of {@code |output - target|} over all elements, also called L1. Targets are numbers of
 * the output's shape.
 */
public record MeanAbsoluteError() implements Loss {
  /** The loss. */
  public static MeanAbsoluteError of() {
    return new MeanAbsoluteError();
  }

  @Override
  public Value apply(Graph.Builder graph, Value output, Value labels) {
    Value difference = Means.difference(graph, output, labels);
    return Means.all(graph, graph.add("loss", new PointwiseOp.Apply(Function.ABS), difference));
  }
}
