package org.portafilter.graph;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.portafilter.shape.PortafilterException;

/** Reverse-mode differentiation of a graph: walks it backwards and asks each op for its rule. */
public final class Gradients {
  private Gradients() {}

  /**
   * Adds the gradient of {@code loss} with respect to each of {@code targets} to the graph.
   *
   * @param loss a single value; its own gradient is the step scalar {@link StepScalar#LOSS_SCALE}
   * @return the gradient of each target, in the order given
   * @throws PortafilterException when the loss does not depend on a target, or an op on the way has
   *     no gradient
   */
  public static Map<Value, Value> of(Graph.Builder graph, Value loss, Collection<Value> targets) {
    Set<Value> needed = dependents(graph, loss, targets);
    NavigableMap<Value, Value> gradients =
        new TreeMap<>(Comparator.comparingInt(Value::node).thenComparingInt(Value::output));
    gradients.put(loss, graph.scalar(StepScalar.LOSS_SCALE));
    for (int index = loss.node(); index >= 0; index--) {
      Node node = graph.node(new Value(index, 0));
      boolean reached = hasGradient(gradients, index);
      boolean wanted = node.inputs().stream().anyMatch(needed::contains);
      if (reached && wanted) {
        node.op().gradient(new Gradient(graph, index, gradients, needed));
      }
    }
    Map<Value, Value> result = new LinkedHashMap<>();
    for (Value target : targets) {
      Value gradient = gradients.get(target);
      if (gradient == null) {
        throw new PortafilterException(
            "the loss ("
                + graph.node(loss).path()
                + ") does not depend on "
                + graph.node(target).path());
      }
      result.put(target, gradient);
    }
    return result;
  }

  /** The values on some path from a target. */
  private static Set<Value> dependents(Graph.Builder graph, Value loss, Collection<Value> targets) {
    Set<Value> needed = new HashSet<>(targets);
    Set<Integer> nodes = new HashSet<>();
    for (int index = 0; index <= loss.node(); index++) {
      Node node = graph.node(new Value(index, 0));
      for (Value input : node.inputs()) {
        if (needed.contains(input) || nodes.contains(input.node())) {
          nodes.add(index);
          needed.add(input);
        }
      }
    }
    return needed;
  }

  private static boolean hasGradient(NavigableMap<Value, Value> gradients, int node) {
    Value first = gradients.ceilingKey(new Value(node, 0));
    return first != null && first.node() == node;
  }
}
