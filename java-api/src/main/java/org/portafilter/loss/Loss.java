package org.portafilter.loss;

import org.portafilter.graph.Graph;
import org.portafilter.graph.Value;

/**
 * A graph function from the network's output and the labels to one value, the mean over the batch.
 */
public interface Loss {
  /** Adds the loss to the graph and returns it. */
  Value apply(Graph.Builder graph, Value output, Value labels);
}
