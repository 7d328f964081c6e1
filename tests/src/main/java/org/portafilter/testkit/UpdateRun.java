package org.portafilter.testkit;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.device.Device;
import org.portafilter.graph.Graph;
import org.portafilter.optim.Optimizer;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.plan.State;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** An optimizer's steps over gradients that are given, and all state after each of them. */
public final class UpdateRun {
  private final Device device;
  private final DType dtype;

  /** Updates on this device of parameters of this type. */
  public UpdateRun(Device device, DType dtype) {
    this.device = device;
    this.dtype = dtype;
  }

  /**
   * The state after each step, by path.
   *
   * @param weights where each parameter begins, by path
   * @param gradients of each step, by the same paths
   * @param rates the learning rate of each step
   */
  public List<Map<String, double[]>> steps(
      Optimizer optimizer,
      Map<String, double[]> weights,
      List<Map<String, double[]>> gradients,
      double... rates) {
    Graph.Builder graph = new Graph.Builder();
    Map<String, ValueType> leaves = new LinkedHashMap<>();
    Map<String, ValueType> entries = new LinkedHashMap<>();
    weights.forEach(
        (path, values) -> {
          ValueType type = new ValueType(Shape.of(values.length), dtype);
          entries.put(path, type);
          entries.putAll(optimizer.moments(path, type));
          leaves.put(input(path), type);
          optimizer.update(graph, path, graph.input(input(path)), 1);
        });
    leaves.putAll(entries);
    Spec spec = Spec.of(leaves).withWorking(dtype);
    List<Map<String, double[]>> after = new ArrayList<>();
    try (State state = new State(device)) {
      state.define(entries);
      weights.forEach((path, values) -> state.get(path).write(values));
      try (Session session = Session.open(Plan.compile(graph.build(), device, spec), state)) {
        for (int step = 0; step < rates.length; step++) {
          gradients.get(step).forEach((path, values) -> write(session.view(input(path)), values));
          session.learningRate(rates[step]);
          session.run();
          Map<String, double[]> values = new LinkedHashMap<>();
          state.entries().forEach((path, tensor) -> values.put(path, tensor.doubles()));
          after.add(values);
        }
      }
    }
    return after;
  }

  private static String input(String path) {
    return path + "'s gradient";
  }

  private void write(ByteBuffer to, double[] values) {
    for (int i = 0; i < values.length; i++) {
      dtype.put(to, i, values[i]);
    }
  }
}
