package org.portafilter.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.portafilter.graph.PoolOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;

/** Max pooling forward over lines of {@code tests/shapes/pool.txt} by their number. */
public class PoolBenchmark extends OpBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"1", "3"})
  public int line;

  /** JMH makes it. */
  public PoolBenchmark() {}

  /** Opens the session. */
  @Setup
  public void open() {
    Case c = Case.family("pool").get(line);
    bench = new OpBench(new PoolOp.Max(c.window()), new ValueType(c.image(), DType.FLOAT32));
  }
}
