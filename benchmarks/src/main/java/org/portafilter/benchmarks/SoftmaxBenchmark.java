package org.portafilter.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;

/** Softmax over lines of {@code tests/shapes/softmax.txt} by their number. */
public class SoftmaxBenchmark extends OpBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"3", "4"})
  public int line;

  /** JMH makes it. */
  public SoftmaxBenchmark() {}

  /** Opens the session. */
  @Setup
  public void open() {
    Case c = Case.family("softmax").get(line);
    ValueType x = new ValueType(Shape.of(c.number("n"), c.number("c")), DType.FLOAT32);
    bench = new OpBench(new SoftmaxOp.Forward(), x);
  }
}
