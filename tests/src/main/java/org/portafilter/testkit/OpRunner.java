package org.portafilter.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.device.Device;
import org.portafilter.device.MathMode;
import org.portafilter.graph.Graph;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.Op;
import org.portafilter.graph.Value;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.plan.State;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;

/**
 * Runs one op on a device: every value in guarded memory of its own, outputs poisoned with NaN
 * before the run, guards checked after it, and the run repeated to see that it gives the same
 * bytes.
 */
public final class OpRunner {
  private final Device device;
  private final Layout layout;
  private final MathMode math;
  private String numerics = "";

  /** A runner for this device. */
  public OpRunner(Device device) {
    this(device, Layout.PLAIN, MathMode.FAST);
  }

  /** A runner for this device that brings inputs into this layout where they can have it. */
  public OpRunner(Device device, Layout layout) {
    this(device, layout, MathMode.FAST);
  }

  /** A runner for this device with this math. */
  public OpRunner(Device device, MathMode math) {
    this(device, Layout.PLAIN, math);
  }

  private OpRunner(Device device, Layout layout, MathMode math) {
    this.device = device;
    this.layout = layout;
    this.math = math;
  }

  /** How the kernel that ran last computes: the last word of its numerics id. */
  public String numerics() {
    return numerics;
  }

  /** Whether a value can lie in another layout than plain. */
  public static boolean isImage(ValueType type) {
    boolean large = type.dtype() == DType.FLOAT32 || type.dtype() == DType.INT32;
    return large && type.shape().rank() == 4;
  }

  /** One input: its type and its values. */
  public record Input(ValueType type, double[] values) {}

  /** The outputs' values. */
  public List<double[]> run(Op op, DType working, Input... inputs) {
    Graph.Builder graph = new Graph.Builder();
    List<Value> values = new ArrayList<>();
    Map<String, ValueType> leaves = new LinkedHashMap<>();
    for (int i = 0; i < inputs.length; i++) {
      Value input = graph.input("in" + i);
      boolean plain = layout == Layout.PLAIN || !isImage(inputs[i].type());
      values.add(
          plain
              ? input
              : graph.add(
                  "in" + i + " reordered",
                  new MoveOp.Reorder(layout, inputs[i].type().dtype()),
                  input));
      leaves.put("in" + i, inputs[i].type());
    }
    Value first = graph.add("op", op, values);
    int outputs = outputs(graph, leaves, working, first);
    for (int i = 0; i < outputs; i++) {
      graph.name("out" + i, new Value(first.node(), i));
    }
    Spec spec =
        Spec.of(leaves)
            .withWorking(working)
            .withFuse(false)
            .withPrivateRegions(true)
            .withMath(math);
    try (State state = new State(device);
        Session session = Session.open(Plan.compile(graph.build(), device, spec), state)) {
      for (int i = 0; i < inputs.length; i++) {
        write(session, "in" + i, inputs[i]);
      }
      String id = session.plan().numericsIds().getOrDefault("op", "");
      numerics = id.substring(id.lastIndexOf(' ') + 1);
      session.run();
      List<double[]> results = read(session, outputs);
      session.run();
      requireSame(op, results, read(session, outputs));
      if (!session.damagedGuards().isEmpty()) {
        throw new AssertionError(
            op + " wrote outside its outputs, beside " + session.damagedGuards());
      }
      return results;
    }
  }

  private static int outputs(
      Graph.Builder graph, Map<String, ValueType> leaves, DType working, Value first) {
    return graph.build().infer(leaves, working).get(first.node()).size();
  }

  private static void write(Session session, String name, Input input) {
    var view = session.view(name);
    for (int i = 0; i < input.values().length; i++) {
      input.type().dtype().put(view, i, input.values()[i]);
    }
  }

  private static List<double[]> read(Session session, int outputs) {
    List<double[]> results = new ArrayList<>();
    for (int i = 0; i < outputs; i++) {
      ValueType type = session.plan().type("out" + i);
      var view = session.view("out" + i);
      double[] values = new double[Math.toIntExact(type.shape().count())];
      for (int j = 0; j < values.length; j++) {
        values[j] = type.dtype().get(view, j);
      }
      results.add(values);
    }
    return results;
  }

  private static void requireSame(Op op, List<double[]> first, List<double[]> second) {
    for (int i = 0; i < first.size(); i++) {
      if (!Arrays.equals(first.get(i), second.get(i))) {
        throw new AssertionError(op + " gave other bits when it ran again");
      }
    }
  }
}
