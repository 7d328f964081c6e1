package org.portafilter.nn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Op;
import org.portafilter.graph.StepScalar;
import org.portafilter.graph.Value;
import org.portafilter.init.Initializer;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Philox;

/**
 * Where a layer puts its ops: a graph under construction, a path, and the parameters declared so
 * far. Shapes are known for one image, so that a layer can size its parameters and fail early.
 */
public final class Scope {
  /** A state entry a layer declared: trained, or a statistic that updates itself. */
  public record Declared(Shape shape, Initializer initializer, boolean trainable) {}

  private final Building building;
  private final String path;

  private Scope(Building building, String path) {
    this.building = building;
    this.path = path;
  }

  /** The root scope over a graph whose leaves have these types. */
  static Scope root(Graph.Builder graph, Map<String, ValueType> leaves, DType working) {
    return new Scope(new Building(graph, new HashMap<>(leaves), working), "");
  }

  private String path(String name) {
    return path.isEmpty() ? name : path + "/" + name;
  }

  /** This scope's path, for example {@code stage2/block1}. */
  public String path() {
    return path;
  }

  /** Applies a layer under a path of its own. */
  public Value apply(String name, Layer layer, Value x) {
    return layer.apply(new Scope(building, path(name)), x);
  }

  /** Adds an op called {@code name} below this path and returns its first output. */
  public Value add(String name, Op op, Value... inputs) {
    return building.add(path(name), op, inputs);
  }

  /** Adds a layer's only op, called as the layer's path itself. */
  public Value add(Op op, Value... inputs) {
    return building.add(path, op, inputs);
  }

  /**
   * A trained parameter of this layer. The same path twice is the same parameter, and must have the
   * same shape.
   */
  public Value parameter(String name, Shape shape, Initializer initializer) {
    return building.declare(path(name), new Declared(shape, initializer, true));
  }

  /** A value that is kept and saved but not trained, such as a running mean. */
  public Value statistic(String name, Shape shape, Initializer initializer) {
    return building.declare(path(name), new Declared(shape, initializer, false));
  }

  /** Commits {@code value} to the statistic {@code name} at the end of every training step. */
  public void update(String name, Value value) {
    building.graph.update(path(name), value);
  }

  /** A number that may change at every step. */
  public Value scalar(StepScalar scalar) {
    return building.add(scalar.path(), () -> building.graph.scalar(scalar));
  }

  /** A random stream of this path's own. */
  public int stream() {
    long hash = Philox.streamOf(path);
    return (int) (hash ^ (hash >>> 32));
  }

  /** The shape of a value, with 1 for the number of images. */
  public Shape shape(Value value) {
    return building.types.get(value.node()).get(value.output()).shape();
  }

  /** Another output of the node that computes {@code first}. */
  public Value sibling(Value first, int output) {
    return new Value(first.node(), output);
  }

  /** Everything declared so far, by path. */
  Map<String, Declared> declared() {
    return building.declared;
  }

  /** What all scopes of one graph share. */
  private static final class Building {
    private final Graph.Builder graph;
    private final Map<String, ValueType> leaves;
    private final DType working;
    private final List<List<ValueType>> types = new ArrayList<>();
    private final Map<String, Declared> declared = new LinkedHashMap<>();

    Building(Graph.Builder graph, Map<String, ValueType> leaves, DType working) {
      this.graph = graph;
      this.leaves = leaves;
      this.working = working;
      inferNew();
    }

    private void inferNew() {
      while (types.size() < graph.size()) {
        types.add(graph.infer(types.size(), types, leaves, working));
      }
    }

    Value add(String path, Op op, Value... inputs) {
      return add(path, () -> graph.add(path, op, inputs));
    }

    Value add(String path, Supplier<Value> adding) {
      Value value = adding.get();
      inferNew();
      return value;
    }

    Value declare(String path, Declared entry) {
      Declared before = declared.putIfAbsent(path, entry);
      if (before != null && !before.shape().equals(entry.shape())) {
        throw new ShapeException(
            path + ": declared with shape " + before.shape() + " and again with " + entry.shape());
      }
      leaves.put(path, new ValueType(entry.shape(), working));
      return add(path, () -> graph.state(path));
    }
  }
}
