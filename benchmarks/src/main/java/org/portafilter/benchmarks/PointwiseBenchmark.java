package org.portafilter.benchmarks;

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
import org.portafilter.graph.AddOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;

/** Addition over lines of {@code tests/shapes/pointwise.txt} by their number. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class PointwiseBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"3", "5"})
  public int line;

  private OpBench bench;

  /** JMH makes it. */
  public PointwiseBenchmark() {}

  /** Opens the session. */
  @Setup
  public void open() {
    Case c = Case.family("pointwise").get(line);
    ValueType a = new ValueType(Shape.of(c.number("n")), DType.FLOAT32);
    bench = new OpBench(new AddOp(), a, a);
  }

  /** One pass. */
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
