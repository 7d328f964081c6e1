package org.portafilter.loss;

import java.util.List;
import org.portafilter.graph.Function;
import org.portafilter.graph.Graph;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.graph.Value;

/** What losses are put together from. */
final class Means {
  private Means() {}

  /** {@code a - b}. */
  static Value difference(Graph.Builder graph, Value a, Value b) {
    Value negative = graph.add("loss/negative", new PointwiseOp.Rescale(-1, 0), b);
    return graph.add("loss/difference", new PointwiseOp.Add(), a, negative);
  }

  /** The mean over all elements, of rank 0. */
  static Value all(Graph.Builder graph, Value values) {
    Value rows = graph.add("loss/rows", new MoveOp.Reshape(List.of(0, -1)), values);
    return graph.add("loss/mean", new ReduceOp.Reduce(ReduceOp.Kind.MEAN, List.of(0, 1)), rows);
  }

  /** The mean over rows of each row's sum, of rank 0. */
  static Value ofRows(Graph.Builder graph, Value values) {
    Value rows = graph.add("loss/rows", new ReduceOp.Reduce(ReduceOp.Kind.SUM, List.of(1)), values);
    return graph.add("loss/mean", new ReduceOp.Reduce(ReduceOp.Kind.MEAN, List.of(0)), rows);
  }

  /** Of each row of scores N x C the one of its label; the others may be infinite. */
  static Value own(Graph.Builder graph, Value scores, Value labels) {
    Value hot = graph.add("loss/one_hot", new SoftmaxOp.OneHot(0, -1), labels, scores);
    Value own = graph.add("loss/own", new PointwiseOp.Weigh(), scores, hot);
    return graph.add("loss/own_score", new ReduceOp.Reduce(ReduceOp.Kind.SUM, List.of(1)), own);
  }

  /** Minus the mean of one number per row, of rank 0. */
  static Value minus(Graph.Builder graph, Value rows) {
    Value negative = graph.add("loss", new PointwiseOp.Rescale(-1, 0), rows);
    return graph.add("loss/mean", new ReduceOp.Reduce(ReduceOp.Kind.MEAN, List.of(0)), negative);
  }

  /**
   * The sum over all elements of {@code values} divided by that of {@code weights}; 0 where these
   * are all 0.
   */
  static BatchMean weighted(Graph.Builder graph, Value values, Value weights) {
    ReduceOp.Reduce all = new ReduceOp.Reduce(ReduceOp.Kind.SUM, List.of(0, 1));
    Value total = graph.add("loss/total", all, values);
    Value weight = graph.add("loss/weight", all, weights);
    Value inverse = graph.add("loss/inverse", new PointwiseOp.Apply(Function.POWER, -1), weight);
    // 0 for no weight at all, whose inverse is infinite, and 1 for any.
    Value large = graph.add("loss/large", new PointwiseOp.Rescale(0x1.0p126, 0), weight);
    Value any = graph.add("loss/any", new PointwiseOp.Clamp(0, 1), large);
    Value share = graph.add("loss/share", new PointwiseOp.Weigh(), inverse, any);
    Value mean = graph.add("loss/mean", new PointwiseOp.Weigh(), total, share);
    return new BatchMean(mean, total, weight);
  }
}
