package org.portafilter.loss;

import org.portafilter.graph.Function;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;

/**
 * The mean over all elements of {@code d^2 / 2}, or {@code delta (|d| - delta / 2)} where {@code d
 * = output - target} lies beyond delta (Huber 1964). Targets are numbers of the output's shape.
 */
public record Huber(double delta) implements Loss {
  /** Checks that delta is above 0. */
  public Huber {
    if (!(delta > 0)) {
      throw new PortafilterException("Huber needs a delta above 0, got " + delta);
    }
  }

  /** Delta 1. */
  public static Huber of() {
    return new Huber(1);
  }

  /** This delta. */
  public static Huber of(double delta) {
    return new Huber(delta);
  }

  @Override
  public Value apply(Graph.Builder graph, Value output, Value labels) {
    Value difference = Means.difference(graph, output, labels);
    return Means.all(
        graph, graph.add("loss", new PointwiseOp.Apply(Function.HUBER, delta), difference));
  }
}
