package org.portafilter.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.StepScalar;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;

/** What all optimizers do with one {@link UpdateOp.Step} per parameter. */
final class Updates {
  private Updates() {}

  /** The path of what is remembered of a parameter under a name. */
  private static String path(String parameter, String name) {
    return "optimizer/" + parameter + "/" + name;
  }

  /** Entries of the parameter's type under these names. */
  static Map<String, ValueType> moments(String parameter, ValueType type, List<String> names) {
    Map<String, ValueType> moments = new LinkedHashMap<>();
    names.forEach(name -> moments.put(path(parameter, name), type));
    return moments;
  }

  /**
   * Adds the op at this multiple of the learning rate, commits what it remembers, and returns its
   * first output.
   */
  static Value add(
      Graph.Builder graph,
      String parameter,
      Value gradient,
      UpdateOp.Step op,
      double rateScale,
      List<String> names) {
    List<Value> inputs = new ArrayList<>();
    inputs.add(graph.state(parameter));
    inputs.add(gradient);
    inputs.add(graph.scalar(StepScalar.LEARNING_RATE));
    inputs.add(graph.scalar(StepScalar.STEP));
    names.forEach(name -> inputs.add(graph.state(path(parameter, name))));
    Value updated = graph.add("update/" + parameter, op.withRateScale(rateScale), inputs);
    for (int i = 0; i < names.size(); i++) {
      graph.update(path(parameter, names.get(i)), new Value(updated.node(), 1 + i));
    }
    return updated;
  }

  /** The same, and commits the parameter. */
  static void commit(
      Graph.Builder graph,
      String parameter,
      Value gradient,
      UpdateOp.Step op,
      double rateScale,
      List<String> names) {
    graph.update(parameter, add(graph, parameter, gradient, op, rateScale, names));
  }

  /** Throws unless the numbers are sane. */
  static void require(boolean sane, String needs, Object... got) {
    if (!sane) {
      throw new PortafilterException(needs + ", got " + List.of(got));
    }
  }

  /** Whether this share of a running mean is one. */
  static boolean isShare(double beta) {
    return beta >= 0 && beta < 1;
  }
}
