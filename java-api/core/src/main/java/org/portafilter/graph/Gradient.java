package org.portafilter.graph;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.PortafilterException;

/**
 * What a gradient rule sees of one node: its values, the gradients of its outputs, and where to put
 * those of its inputs.
 */
public final class Gradient {
  private final Graph.Builder graph;
  private final int index;
  private final Node node;
  private final Map<Value, Value> gradients;
  private final Set<Value> needed;

  Gradient(Graph.Builder graph, int index, Map<Value, Value> gradients, Set<Value> needed) {
    this.graph = graph;
    this.index = index;
    this.node = graph.node(new Value(index, 0));
    this.gradients = gradients;
    this.needed = needed;
  }

  /** An input of the node. */
  public Value input(int input) {
    return node.inputs().get(input);
  }

  /** All inputs of the node. */
  public List<Value> inputs() {
    return node.inputs();
  }

  /** An output of the node. */
  public Value output(int output) {
    return new Value(index, output);
  }

  /** The gradient of the first output. */
  public Value dy() {
    Value dy = dy(0);
    if (dy == null) {
      throw missing();
    }
    return dy;
  }

  /** The gradient of an output, or null when nothing differentiable reads it. */
  public @Nullable Value dy(int output) {
    return gradients.get(output(output));
  }

  /** Whether anybody wants the gradient of this input. */
  public boolean needs(int input) {
    return needed.contains(input(input));
  }

  /** Adds a node for this gradient and returns its first output. */
  public Value add(Op op, Value... inputs) {
    return graph.add("gradient/" + node.path() + "/" + op.name(), op, inputs);
  }

  /** Another output of the node that computes {@code first}. */
  public Value sibling(Value first, int output) {
    return new Value(first.node(), output);
  }

  /** Adds to the gradient of an input. */
  public void accumulate(int input, Value gradient) {
    Value target = input(input);
    Value before = gradients.get(target);
    gradients.put(
        target,
        before == null
            ? gradient
            : graph.add(
                "gradient/" + node.path() + "/sum", new PointwiseOp.Add(), before, gradient));
  }

  /** The exception for an op that cannot be differentiated. */
  public PortafilterException missing() {
    return new PortafilterException(
        node.path()
            + " ("
            + node.op().name()
            + ") has no gradient; differentiate with respect to something after it");
  }
}
