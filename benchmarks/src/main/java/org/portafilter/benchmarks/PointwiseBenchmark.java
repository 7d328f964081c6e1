package org.portafilter.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;

/** Addition over lines of {@code tests/shapes/pointwise.txt} by their number. */
public class PointwiseBenchmark extends OpBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"3", "5"})
  public int line;

  /** JMH makes it. */
  public PointwiseBenchmark() {}

  /** Opens the session. */
  @Setup
  public void open() {
    Case c = Case.family("pointwise").get(line);
    ValueType a = new ValueType(Shape.of(c.number("n")), DType.FLOAT32);
    bench = new OpBench(new PointwiseOp.Add(), a, a);
  }
}
