package org.portafilter.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;

/** A gradient whose Euclidean norm is above {@code most} is scaled to it, each parameter alone. */
public record ClipNorm(double most) implements Clipping {
  /** Checks that the norm is above 0. */
  public ClipNorm {
    if (!(most > 0)) {
      throw new PortafilterException("ClipNorm needs a norm above 0, got " + most);
    }
  }

  /** Scales gradients down to this norm. */
  public static ClipNorm of(double most) {
    return new ClipNorm(most);
  }

  @Override
  public Map<String, Value> apply(Graph.Builder graph, Map<String, Value> gradients) {
    Map<String, Value> norms = Norms.each(graph, gradients);
    Map<String, Value> clipped = new LinkedHashMap<>();
    gradients.forEach(
        (path, gradient) ->
            clipped.put(
                path,
                graph.add(
                    "clip/" + path, new PointwiseOp.ClipNorm(most), gradient, norms.get(path))));
    return clipped;
  }

  @Override
  public boolean endsRuns() {
    return true;
  }
}
