package org.portafilter.metric;

import org.portafilter.graph.Graph;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.graph.Value;

/**
 * The share of images whose label ranks among the {@code top} largest outputs; ties rank the lower
 * class first, and an image is taken for nothing where one of its outputs is NaN.
 */
public record Accuracy(int top) implements Metric {
  /** Top-1 accuracy. */
  public static Accuracy of() {
    return new Accuracy(1);
  }

  /** Top-k accuracy. */
  public static Accuracy top(int k) {
    return new Accuracy(k);
  }

  @Override
  public String name() {
    return top == 1 ? "accuracy" : "top" + top + "_accuracy";
  }

  @Override
  public Value apply(Graph.Builder graph, Value output, Value labels) {
    return graph.add("metric/" + name(), new SoftmaxOp.TopCount(top), output, labels);
  }
}
