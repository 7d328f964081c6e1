package org.portafilter.metric;

import org.portafilter.graph.Graph;
import org.portafilter.graph.Value;

/**
 * A graph function whose values over batches add up; their sum is divided by the number of images.
 * Images whose label the loss ignores are not among them.
 */
public interface Metric {
  /** The metric's name in histories and progress lines. */
  String name();

  /** Adds the metric of one batch to the graph: a sum over its images. */
  Value apply(Graph.Builder graph, Value output, Value labels);
}
