package org.portafilter.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.portafilter.graph.ReduceOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;

/** Sums over lines of {@code tests/shapes/reduce.txt} by their number. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class ReduceBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"7", "8", "9"})
  public int line;

  private OpBench bench;

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
    long[] dims = java.util.Arrays.stream(c.numbers("dims")).asLongStream().toArray();
    bench =
        new OpBench(
            new ReduceOp(ReduceOp.Kind.SUM, axes), new ValueType(Shape.of(dims), DType.FLOAT32));
  }

  /** One sum. */
  @Benchmark
  public void run() {
    bench.run();
  }

  /** Closes the session. */
  @TearDown
  public void close() {
    bench.close();
  }
}
