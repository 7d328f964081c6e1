package org.portafilter.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.device.Device;
import org.portafilter.device.KernelRequest;
import org.portafilter.graph.Graph;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.Node;
import org.portafilter.graph.Value;
import org.portafilter.shape.ValueType;

/**
 * Gives every value the layout and the precision its device wants, with reorders where two wishes
 * differ. Inputs, state, named values and what is reshaped stay plain.
 */
final class Layouts {
  private final Graph source;
  private final List<List<ValueType>> sourceTypes;
  private final Device device;
  private final Spec spec;
  private final Graph.Builder to = new Graph.Builder();
  private final List<List<ValueType>> types = new ArrayList<>();
  private final Map<Value, Value> values = new HashMap<>();
  private final Map<Wish, Value> reordered = new HashMap<>();

  /** A value, and how somebody wants it. */
  private record Wish(Value value, ValueType type) {}

  /** A graph whose nodes agree on layouts, and the types of its values. */
  record Arranged(Graph graph, List<List<ValueType>> types) {}

  private Layouts(Graph source, List<List<ValueType>> sourceTypes, Device device, Spec spec) {
    this.source = source;
    this.sourceTypes = sourceTypes;
    this.device = device;
    this.spec = spec;
  }

  static Arranged arrange(Graph graph, List<List<ValueType>> types, Device device, Spec spec) {
    return new Layouts(graph, types, device, spec).arrange();
  }

  private Arranged arrange() {
    for (int step = 0; step < source.nodes().size(); step++) {
      place(step);
    }
    source.outputs().forEach((name, v) -> to.name(name, named(values.get(v))));
    source.updates().forEach(u -> to.update(u.path(), plain(values.get(u.value()))));
    return new Arranged(to.build(), types);
  }

  private Value named(Value value) {
    return spec.plainOutputs() ? plain(value) : value;
  }

  private void place(int step) {
    Node node = source.nodes().get(step);
    List<ValueType> inputs = new ArrayList<>();
    node.inputs().forEach(v -> inputs.add(type(values.get(v))));
    KernelRequest request =
        new KernelRequest(node.path(), node.op(), inputs, sourceTypes.get(step), spec.math());
    boolean asks = !node.inputs().isEmpty() && !node.op().isAlias();
    KernelRequest arranged = asks ? arrange(request) : request;
    List<Value> wanted = new ArrayList<>();
    for (int i = 0; i < node.inputs().size(); i++) {
      Value value = values.get(node.inputs().get(i));
      ValueType type = asks ? arranged.inputs().get(i) : type(value).plain();
      wanted.add(node.op().readsShapeOnly(i) ? value : as(type, value));
    }
    Value first = to.add(node.path(), node.op(), wanted);
    types.add(arranged.outputs());
    for (int output = 0; output < arranged.outputs().size(); output++) {
      values.put(new Value(step, output), new Value(first.node(), output));
    }
  }

  private KernelRequest arrange(KernelRequest request) {
    if (request.op() instanceof MoveOp.Reorder reorder) {
      ValueType type = request.outputs().get(0);
      return request.withTypes(
          List.of(type.plain()),
          List.of(type.withLayout(reorder.layout()).withDtype(reorder.dtype())));
    }
    return device.arrange(request);
  }

  private ValueType type(Value value) {
    return types.get(value.node()).get(value.output());
  }

  private Value plain(Value value) {
    return as(type(value).plain(), value);
  }

  /** The value, or its copy, of this type. */
  private Value as(ValueType wanted, Value value) {
    if (type(value).equals(wanted)) {
      return value;
    }
    return reordered.computeIfAbsent(
        new Wish(value, wanted),
        wish -> {
          types.add(List.of(wanted));
          String path = to.node(value).path() + " (reorder)";
          return to.add(path, new MoveOp.Reorder(wanted.layout(), wanted.dtype()), List.of(value));
        });
  }
}
