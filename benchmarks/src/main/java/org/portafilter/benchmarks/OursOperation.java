package org.portafilter.benchmarks;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.portafilter.device.Device;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.plan.State;
import org.portafilter.shape.ValueType;

/** One operation in this library: a plan and its session. */
final class OursOperation implements Contender {
  private final Operation operation;
  private final State state;
  private final Session session;

  OursOperation(Case work, int threads) {
    operation = Operation.of(work);
    Device device = Device.cpu(threads);
    state = new State(device);
    Map<String, ValueType> states = new LinkedHashMap<>();
    operation.states().forEach(name -> states.put(name, operation.leaves().get(name)));
    state.define(states);
    session =
        Session.open(Plan.compile(operation.graph(), device, Spec.of(operation.leaves())), state);
    session.learningRate(1e-3);
    operation.leaves().forEach(this::fill);
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
        view.putFloat(4 * i, values[i]);
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
              return DoubleStream.of(
                  java.util.Arrays.stream(Sample.positions(view.capacity() / 4))
                      .mapToDouble(i -> view.getFloat(4 * i))
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
