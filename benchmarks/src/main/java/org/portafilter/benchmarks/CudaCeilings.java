package org.portafilter.benchmarks;

import java.util.Locale;
import java.util.Map;
import org.portafilter.device.Device;
import org.portafilter.device.MathMode;
import org.portafilter.graph.Activation;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Op;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ProductOp;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.plan.State;
import org.portafilter.plan.Work;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * What this GPU reaches: operations per nanosecond in a large product with this math, bytes per
 * nanosecond in a large sum of two values.
 */
record CudaCeilings(double operations, double bytes) {
  private static final int RUNS = 5;
  private static final long SIDE = Long.getLong("portafilter.ceilings.side", 8192);
  private static final Op PRODUCT = new ProductOp.MatMul(false, false, false, Activation.IDENTITY);

  static CudaCeilings measure(Device device, MathMode math) {
    Shape square = Shape.of(SIDE, SIDE);
    double operations = 2.0 * SIDE * SIDE * SIDE / nanoseconds(device, math, PRODUCT, square);
    double bytes = 12.0 * square.count() / nanoseconds(device, math, new PointwiseOp.Add(), square);
    return new CudaCeilings(operations, bytes);
  }

  /** The fastest of some runs of an op of two inputs of this shape. */
  private static double nanoseconds(Device device, MathMode math, Op op, Shape shape) {
    Graph.Builder graph = new Graph.Builder();
    graph.name("out", graph.add("op", op, graph.input("a"), graph.input("b")));
    ValueType type = new ValueType(shape, DType.FLOAT32);
    Spec spec = Spec.of(Map.of("a", type, "b", type)).withMath(math);
    try (State state = new State(device);
        Session session = Session.open(Plan.compile(graph.build(), device, spec), state)) {
      for (String name : new String[] {"a", "b"}) {
        var values = session.view(name).asFloatBuffer();
        for (int i = 0; i < values.capacity(); i++) {
          values.put(i, (i * 0x9E3779B9 >> 8) * 0x1p-24f);
        }
      }
      double best = Double.POSITIVE_INFINITY;
      for (int run = 0; run < RUNS; run++) {
        session.time(true);
        session.run();
        long time =
            session.times().stream()
                .filter(t -> t.path().equals("op"))
                .mapToLong(t -> t.nanoseconds())
                .sum();
        session.time(false);
        best = Math.min(best, time);
      }
      return best;
    }
  }

  /** The least time of some work. */
  double nanoseconds(Work work) {
    return Math.max(work.operations() / operations, work.bytes() / bytes);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "ceilings: %.1f TFLOP/s, %.2f TB/s", operations * 1e-3, bytes * 1e-3);
  }
}
