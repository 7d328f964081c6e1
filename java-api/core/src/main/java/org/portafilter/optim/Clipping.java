package org.portafilter.optim;

import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Value;

/**
 * A graph function that bounds gradients before the optimizer sees them (Pascanu et al. 2013).
 *
 * <pre>{@code
 * Trainer.of(net, loss, Sgd.of(0.1)).clipping(ClipGlobalNorm.of(5));
 * }</pre>
 */
public interface Clipping {
  /**
   * Adds the clipped gradients to the graph.
   *
   * @param gradients by parameter path
   * @return clipped, by the same paths
   */
  Map<String, Value> apply(Graph.Builder graph, Map<String, Value> gradients);

  /**
   * Whether a run ends at what {@link #apply} adds when a gradient is infinite or NaN; if not, a
   * training looks at all gradients before it clips them.
   */
  default boolean endsRuns() {
    return false;
  }
}
