package org.portafilter.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;

/** Adam over lines of {@code tests/shapes/pointwise.txt} by their number. */
public class UpdateBenchmark extends OpBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"3", "5"})
  public int line;

  /** JMH makes it. */
  public UpdateBenchmark() {}

  /** Opens the session. */
  @Setup
  public void open() {
    Case c = Case.family("pointwise").get(line);
    ValueType w = new ValueType(Shape.of(c.number("n")), DType.FLOAT32);
    ValueType rate = new ValueType(Shape.of(), DType.FLOAT64);
    ValueType step = new ValueType(Shape.of(), DType.INT64);
    bench =
        new OpBench(
            new UpdateOp.Step(UpdateRule.ADAM, 0.9, 0.999, 1e-8, 0, 0), w, w, rate, step, w, w);
  }
}
