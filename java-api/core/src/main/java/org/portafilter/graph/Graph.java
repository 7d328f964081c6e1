package org.portafilter.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;

/**
 * An immutable list of nodes in an order where every input comes before its use, the values that
 * have names, and the state updates that end a run. It stores no sizes: {@link #infer} finds them
 * from the types of the leaves.
 */
public final class Graph {
  /** The state entry {@code path} takes {@code value} when the program ends. */
  public record Update(String path, Value value) {}

  private final List<Node> nodes;
  private final Map<String, Value> outputs;
  private final List<Update> updates;

  private Graph(List<Node> nodes, Map<String, Value> outputs, List<Update> updates) {
    this.nodes = List.copyOf(nodes);
    this.outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
    this.updates = List.copyOf(updates);
  }

  /** All nodes, inputs before uses. */
  public List<Node> nodes() {
    return nodes;
  }

  /** The node that computes a value. */
  public Node node(Value value) {
    return nodes.get(value.node());
  }

  /** The values that the user feeds, by name, in the order they were added. */
  public Map<String, Value> inputs() {
    return leaves(nodes, Node::isInput);
  }

  /** The values that outlive a step, by path, in the order they were added. */
  public Map<String, Value> states() {
    return leaves(nodes, Node::isState);
  }

  private static Map<String, Value> leaves(List<Node> nodes, Predicate<Node> which) {
    Map<String, Value> leaves = new LinkedHashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      if (which.test(nodes.get(i))) {
        leaves.put(nodes.get(i).path(), new Value(i, 0));
      }
    }
    return leaves;
  }

  /** The numbers that are part of the graph, in the order they were added. */
  public Map<Value, LeafOp.Constant> constants() {
    Map<Value, LeafOp.Constant> constants = new LinkedHashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      if (nodes.get(i).op() instanceof LeafOp.Constant constant) {
        constants.put(new Value(i, 0), constant);
      }
    }
    return constants;
  }

  /** The named values a run must deliver, in the order they were named. */
  public Map<String, Value> outputs() {
    return outputs;
  }

  /** The state updates, in the order they were added. */
  public List<Update> updates() {
    return updates;
  }

  /**
   * The value with this name.
   *
   * @throws PortafilterException when there is none; the message lists the names
   */
  public Value output(String name) {
    Value value = outputs.get(name);
    if (value == null) {
      throw new PortafilterException(
          "no value is named '" + name + "'; the graph names " + outputs.keySet());
    }
    return value;
  }

  /**
   * The types of every node's outputs.
   *
   * @param leaves the type of each input and state entry, by path
   * @param working the floating type to compute in
   */
  public List<List<ValueType>> infer(Map<String, ValueType> leaves, DType working) {
    List<List<ValueType>> types = new ArrayList<>();
    for (Node node : nodes) {
      types.add(infer(node, types, leaves, working));
    }
    return types;
  }

  static List<ValueType> infer(
      Node node, List<List<ValueType>> known, Map<String, ValueType> leaves, DType working) {
    if (node.isInput() || node.isState()) {
      ValueType type = leaves.get(node.path());
      if (type == null) {
        throw new PortafilterException(
            node.path()
                + " ("
                + node.op().name()
                + "): no type given; known leaves are "
                + leaves.keySet());
      }
      return List.of(type);
    }
    List<ValueType> inputs = new ArrayList<>();
    for (Value input : node.inputs()) {
      inputs.add(known.get(input.node()).get(input.output()));
    }
    return node.op().infer(new Signature(node.path(), node.op().name(), inputs, working));
  }

  /** The same graph without its updates, so that running it changes no state. */
  public Graph withoutUpdates() {
    return new Graph(nodes, outputs, List.of());
  }

  /** A builder that starts as a copy of this graph; values keep their identity. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    for (Node node : nodes) {
      builder.add(node.path(), node.op(), node.inputs());
    }
    builder.outputs.putAll(outputs);
    builder.updates.addAll(updates);
    return builder;
  }

  /** Collects nodes; paths are made unique by a number when they repeat. */
  public static final class Builder {
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Integer> leaves = new HashMap<>();
    private final Set<String> paths = new HashSet<>();

    /** The last number that made a path unique. */
    private final Map<String, Integer> repeats = new HashMap<>();

    private final Map<String, Value> outputs = new LinkedHashMap<>();
    private final List<Update> updates = new ArrayList<>();

    /** An empty graph. */
    public Builder() {}

    /** Adds a node and returns its first output. */
    public Value add(String path, Op op, Value... inputs) {
      return add(path, op, List.of(inputs));
    }

    /** Adds a node and returns its first output. A leaf that exists already is returned instead. */
    public Value add(String path, Op op, List<Value> inputs) {
      boolean leaf =
          op instanceof LeafOp.Input || op instanceof LeafOp.State || op instanceof LeafOp.Scalar;
      if (leaf) {
        Integer known = leaves.get(path);
        if (known != null) {
          return new Value(known, 0);
        }
        leaves.put(path, nodes.size());
      }
      String unique = path;
      while (!paths.add(unique)) {
        unique = path + "#" + repeats.merge(path, 2, (known, first) -> known + 1);
      }
      nodes.add(new Node(leaf ? path : unique, op, inputs));
      return new Value(nodes.size() - 1, 0);
    }

    /** A value the user feeds. */
    public Value input(String name) {
      return add(name, new LeafOp.Input());
    }

    /** A value that outlives a step: a parameter, a running statistic, a moment. */
    public Value state(String path) {
      return add(path, new LeafOp.State());
    }

    /** A step scalar: changing it replans nothing. */
    public Value scalar(StepScalar scalar) {
      return add(scalar.path(), new LeafOp.Scalar(scalar));
    }

    /** Names a value, so that it survives planning and can be read after a run. */
    public void name(String name, Value value) {
      outputs.put(name, value);
    }

    /** Commits {@code value} to the state entry at {@code path} when the program ends. */
    public void update(String path, Value value) {
      updates.add(new Update(path, value));
    }

    /** The value that the program will commit to this state entry, or null for none. */
    public @Nullable Value updated(String path) {
      Value last = null;
      for (Update update : updates) {
        last = update.path().equals(path) ? update.value() : last;
      }
      return last;
    }

    /** The node that computes a value. */
    public Node node(Value value) {
      return nodes.get(value.node());
    }

    /** The values so far that outlive a step, by path. */
    public Map<String, Value> states() {
      return leaves(nodes, Node::isState);
    }

    /** Number of nodes so far. */
    public int size() {
      return nodes.size();
    }

    /** The types of one node's outputs, given those of all nodes before it. */
    public List<ValueType> infer(
        int node, List<List<ValueType>> known, Map<String, ValueType> leafTypes, DType working) {
      return Graph.infer(nodes.get(node), known, leafTypes, working);
    }

    /** The graph as collected. */
    public Graph build() {
      return new Graph(nodes, outputs, updates);
    }
  }
}
