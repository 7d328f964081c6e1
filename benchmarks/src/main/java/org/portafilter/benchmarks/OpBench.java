package org.portafilter.benchmarks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.device.Device;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Op;
import org.portafilter.graph.Value;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.plan.State;
import org.portafilter.shape.DType;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Draw;

/** One op made runnable: inputs filled once, the whole program timed. */
final class OpBench implements AutoCloseable {
  private final State state;
  private final Session session;

  OpBench(Op op, ValueType... inputs) {
    Graph.Builder graph = new Graph.Builder();
    List<Value> values = new ArrayList<>();
    Map<String, ValueType> leaves = new LinkedHashMap<>();
    for (int i = 0; i < inputs.length; i++) {
      values.add(graph.input("in" + i));
      leaves.put("in" + i, inputs[i]);
    }
    graph.name("out", graph.add("op", op, values));
    state = new State(Device.cpu());
    session = Session.open(Plan.compile(graph.build(), Device.cpu(), Spec.of(leaves)), state);
    for (int i = 0; i < inputs.length; i++) {
      fill(session.view("in" + i), inputs[i]);
    }
  }

  private static void fill(ByteBuffer view, ValueType type) {
    if (type.dtype() == DType.FLOAT32) {
      double[] values = Draw.uniform("benchmark", type.shape().count());
      for (int i = 0; i < values.length; i++) {
        view.putFloat(4 * i, (float) values[i]);
      }
    }
  }

  void run() {
    session.run();
  }

  @Override
  public void close() {
    session.close();
    state.close();
  }
}
