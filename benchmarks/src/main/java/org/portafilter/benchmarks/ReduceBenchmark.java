package org.portafilter.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.portafilter.graph.ReduceOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;

/** Sums over lines of {@code tests/shapes/reduce.txt} by their number. */
public class ReduceBenchmark extends OpBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"7", "8", "9"})
  public int line;

  /** JMH makes it. */
  public ReduceBenchmark() {}

  /** Opens the session. */
  @Setup
  public void open() {
    Case c = Case.family("reduce").get(line);
    List<Integer> axes = new ArrayList<>();
    for (int axis : c.numbers("axes")) {
      axes.add(axis);
    }
    long[] dims = Arrays.stream(c.numbers("dims")).asLongStream().toArray();
    bench =
        new OpBench(
            new ReduceOp.Reduce(ReduceOp.Kind.SUM, axes),
            new ValueType(Shape.of(dims), DType.FLOAT32));
  }
}
