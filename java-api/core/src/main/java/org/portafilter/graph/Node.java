package org.portafilter.graph;

import java.util.List;

/**
 * An op applied to values; {@code path} is unique in its graph and stays stable when the graph is
 * saved.
 */
public record Node(String path, Op op, List<Value> inputs) {
  /** Copies the inputs. */
  public Node {
    inputs = List.copyOf(inputs);
  }

  /** Whether it is a value that the user feeds. */
  public boolean isInput() {
    return op instanceof LeafOp.Input;
  }

  /** Whether it is a value that outlives a step. */
  public boolean isState() {
    return op instanceof LeafOp.State;
  }
}
