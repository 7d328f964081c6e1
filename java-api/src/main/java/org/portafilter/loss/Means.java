package org.portafilter.loss;

import java.util.List;
import org.portafilter.graph.AddOp;
import org.portafilter.graph.Function;
import org.portafilter.graph.FunctionOp;
import org.portafilter.graph.Graph;
import org.portafilter.graph.MultiplyOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.RescaleOp;
import org.portafilter.graph.ReshapeOp;
import org.portafilter.graph.Value;

/** What losses are put together from. */
final class Means {
  private Means() {}

  /** {@code a - b}. */
  static Value difference(Graph.Builder graph, Value a, Value b) {
    Value negative = graph.add("loss/negative", new RescaleOp(-1, 0), b);
    return graph.add("loss/difference", new AddOp(), a, negative);
  }

  /** The mean over all elements, of rank 0. */
  static Value all(Graph.Builder graph, Value values) {
    Value rows = graph.add("loss/rows", new ReshapeOp(List.of(0, -1)), values);
    return graph.add("loss/mean", new ReduceOp(ReduceOp.Kind.MEAN, List.of(0, 1)), rows);
  }

  /** The mean over rows of each row's sum, of rank 0. */
  static Value ofRows(Graph.Builder graph, Value values) {
    Value rows = graph.add("loss/rows", new ReduceOp(ReduceOp.Kind.SUM, List.of(1)), values);
    return graph.add("loss/mean", new ReduceOp(ReduceOp.Kind.MEAN, List.of(0)), rows);
  }

  /** The sum over all elements of {@code values} divided by that of {@code weights}. */
  static Value weighted(Graph.Builder graph, Value values, Value weights) {
    ReduceOp all = new ReduceOp(ReduceOp.Kind.SUM, List.of(0, 1));
    Value total = graph.add("loss/total", all, values);
    Value weight = graph.add("loss/weight", all, weights);
    Value inverse = graph.add("loss/inverse", new FunctionOp(Function.POWER, -1), weight);
    return graph.add("loss/mean", new MultiplyOp(), total, inverse);
  }
}
