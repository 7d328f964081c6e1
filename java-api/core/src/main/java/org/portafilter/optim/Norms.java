package org.portafilter.optim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.Value;

/** Norms of gradients; a run ends at one that is infinite or NaN. */
final class Norms {
  private Norms() {}

  /** Each gradient's norm, by the same paths. The layer nearest to the loss is looked at first. */
  static Map<String, Value> each(Graph.Builder graph, Map<String, Value> gradients) {
    Map<String, Value> norms = new LinkedHashMap<>();
    gradients.forEach(
        (path, gradient) ->
            norms.put(path, graph.add("norm/" + path, new ReduceOp.EuclideanNorm(), gradient)));
    List<String> backwards = new ArrayList<>(norms.keySet());
    Collections.reverse(backwards);
    backwards.forEach(path -> norms.put(path, finite(graph, path + "/norm", norms.get(path))));
    return norms;
  }

  /** A norm that a run ends at where it is infinite or NaN. */
  static Value finite(Graph.Builder graph, String path, Value norm) {
    return graph.add("gradient/" + path, new PointwiseOp.RequireFinite(), norm);
  }
}
