package org.portafilter.testkit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.graph.Gradients;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Value;
import org.portafilter.loss.Loss;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.plan.State;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** One loss over one row and its gradient, ready to be run many times. */
public final class LossRunner implements AutoCloseable {
  private final State state = new State(TestDevice.get());
  private final Session session;
  private final DType dtype;
  private final boolean classes;

  /**
   * A loss in this precision.
   *
   * @param columns numbers in the row
   * @param classes whether the target is a class, not a row of numbers
   */
  public LossRunner(Loss loss, DType dtype, int columns, boolean classes) {
    this.dtype = dtype;
    this.classes = classes;
    Graph.Builder graph = new Graph.Builder();
    Value output = graph.input("x");
    Value value = loss.apply(graph, output, graph.input("labels"));
    graph.name("loss", value);
    graph.name("gradient", Gradients.of(graph, value, List.of(output)).get(output));
    Map<String, ValueType> leaves = new LinkedHashMap<>();
    ValueType row = new ValueType(Shape.of(1, columns), dtype);
    leaves.put("x", row);
    leaves.put("labels", classes ? new ValueType(Shape.of(1), DType.INT32) : row);
    Spec spec = Spec.of(leaves).withWorking(dtype);
    session = Session.open(Plan.compile(graph.build(), TestDevice.get(), spec), state);
  }

  /** The loss, then its gradient. */
  public double[] run(double[] row, double... target) {
    for (int c = 0; c < row.length; c++) {
      dtype.put(session.view("x"), c, row[c]);
    }
    for (int i = 0; i < target.length; i++) {
      if (classes) {
        session.view("labels").putInt(4 * i, (int) target[i]);
      } else {
        dtype.put(session.view("labels"), i, target[i]);
      }
    }
    session.run();
    double[] got = new double[1 + row.length];
    got[0] = dtype.get(session.view("loss"), 0);
    for (int c = 0; c < row.length; c++) {
      got[1 + c] = dtype.get(session.view("gradient"), c);
    }
    return got;
  }

  @Override
  public void close() {
    session.close();
    state.close();
  }
}
