package org.portafilter.benchmarks;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import org.portafilter.device.Device;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.Graph;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.Node;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.plan.State;
import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;

/**
 * One operation in this library: a plan and its session. Large tensors come and go in the layout
 * the plan prefers, as they do between the layers of a network.
 */
final class OursOperation implements Contender {
  private final Operation operation;
  private final State state;
  private final Session session;

  OursOperation(Row work, int threads) {
    operation = Operation.of(work);
    Device device = Device.cpu(threads);
    state = new State(device);
    Map<String, ValueType> leaves = preferred(device);
    Map<String, ValueType> states = new LinkedHashMap<>();
    operation.states().forEach(name -> states.put(name, operation.leaves().get(name)));
    state.define(states);
    Spec spec = Spec.of(leaves).withPlainOutputs(false);
    session = Session.open(Plan.compile(operation.graph(), device, spec), state);
    session.learningRate(1e-3);
    leaves.forEach(this::fill);
  }

  /** The leaves in channel blocks where a plan would bring them there, or where nothing forbids. */
  private Map<String, ValueType> preferred(Device device) {
    Graph planned = Plan.compile(operation.graph(), device, Spec.of(operation.leaves())).graph();
    Set<String> reordered = new HashSet<>();
    boolean convolves = false;
    for (Node node : planned.nodes()) {
      if (node.op() instanceof MoveOp.Reorder) {
        reordered.add(planned.node(node.inputs().get(0)).path());
      }
      convolves |= node.op() instanceof ConvOp.Forward;
    }
    Map<String, ValueType> leaves = new LinkedHashMap<>();
    for (Map.Entry<String, ValueType> leaf : operation.leaves().entrySet()) {
      ValueType type = leaf.getValue();
      boolean blocks =
          convolves
              ? reordered.contains(leaf.getKey())
              : type.shape().rank() == 4 && type.shape().dim(1) % Layout.BLOCK == 0;
      leaves.put(leaf.getKey(), blocks ? type.withLayout(Layout.CHANNEL_BLOCKS) : type);
    }
    return leaves;
  }

  private void fill(String name, ValueType type) {
    float[] values = Sample.values(name, type.shape().count());
    if (name.equals("v") || name.equals("running_variance")) {
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.abs(values[i]);
      }
    }
    if (operation.states().contains(name)) {
      state.get(name).write(values);
    } else {
      ByteBuffer view = session.view(name);
      for (int i = 0; i < values.length; i++) {
        view.putFloat(4 * Blocks.position(type, i), values[i]);
      }
    }
  }

  @Override
  public void run() {
    session.run();
  }

  @Override
  public double[] check() {
    run();
    return operation.graph().outputs().keySet().stream()
        .flatMapToDouble(
            name -> {
              ByteBuffer view = session.view(name);
              ValueType type = session.plan().type(name);
              return DoubleStream.of(
                  Arrays.stream(Sample.positions(Math.toIntExact(type.shape().count())))
                      .mapToDouble(i -> view.getFloat(4 * Blocks.position(type, i)))
                      .toArray());
            })
        .toArray();
  }

  @Override
  public void close() {
    session.close();
    state.close();
  }
}
