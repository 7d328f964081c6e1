package org.portafilter.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.portafilter.graph.NormOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;

/** Batch norm in training over lines of {@code tests/shapes/norm.txt} by their number. */
public class NormBenchmark extends OpBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"3", "4"})
  public int line;

  /** JMH makes it. */
  public NormBenchmark() {}

  /** Opens the session. */
  @Setup
  public void open() {
    Case c = Case.family("norm").get(line);
    ValueType row = new ValueType(Shape.of(c.number("c")), DType.FLOAT32);
    ValueType x = new ValueType(c.image(), DType.FLOAT32);
    bench = new OpBench(new NormOp.Training(1e-5, 0.1), x, row, row, row, row);
  }
}
