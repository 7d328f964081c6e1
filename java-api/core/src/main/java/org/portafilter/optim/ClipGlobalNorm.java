package org.portafilter.optim;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;

/**
 * When the Euclidean norm over all gradients together is above {@code most}, all are scaled by one
 * factor, so that their direction stays: {@code g min(1, most / (norm + 1e-6))}.
 */
public record ClipGlobalNorm(double most) implements Clipping {
  /** Checks that the norm is above 0. */
  public ClipGlobalNorm {
    if (!(most > 0)) {
      throw new PortafilterException("ClipGlobalNorm needs a norm above 0, got " + most);
    }
  }

  /** Scales all gradients so that their common norm is at most this. */
  public static ClipGlobalNorm of(double most) {
    return new ClipGlobalNorm(most);
  }

  @Override
  public Map<String, Value> apply(Graph.Builder graph, Map<String, Value> gradients) {
    List<Value> norms = List.copyOf(Norms.each(graph, gradients).values());
    Value all = graph.add("norm/all", new MoveOp.Concat(0), norms);
    Value norm =
        Norms.finite(graph, "norm", graph.add("norm/global", new ReduceOp.EuclideanNorm(), all));
    Map<String, Value> clipped = new LinkedHashMap<>();
    gradients.forEach(
        (path, gradient) ->
            clipped.put(
                path, graph.add("clip/" + path, new PointwiseOp.ClipNorm(most), gradient, norm)));
    return clipped;
  }

  @Override
  public boolean endsRuns() {
    return true;
  }
}
