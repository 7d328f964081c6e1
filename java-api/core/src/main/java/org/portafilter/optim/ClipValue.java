package org.portafilter.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;

/** Every element of every gradient is kept within {@code [-limit, limit]}. */
public record ClipValue(double limit) implements Clipping {
  /** Checks that the limit is above 0. */
  public ClipValue {
    if (!(limit > 0)) {
      throw new PortafilterException("ClipValue needs a limit above 0, got " + limit);
    }
  }

  /** Keeps elements within {@code [-limit, limit]}. */
  public static ClipValue of(double limit) {
    return new ClipValue(limit);
  }

  @Override
  public Map<String, Value> apply(Graph.Builder graph, Map<String, Value> gradients) {
    Map<String, Value> clipped = new LinkedHashMap<>();
    gradients.forEach(
        (path, gradient) ->
            clipped.put(
                path, graph.add("clip/" + path, new PointwiseOp.Clamp(-limit, limit), gradient)));
    return clipped;
  }
}
