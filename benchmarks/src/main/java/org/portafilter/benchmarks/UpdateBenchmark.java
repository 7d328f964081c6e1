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
import org.portafilter.graph.AdamOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;

/** Adam over lines of {@code tests/shapes/pointwise.txt} by their number. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class UpdateBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"3", "5"})
  public int line;

  private OpBench bench;

  /** JMH makes it. */
  public UpdateBenchmark() {}

  /** Opens the session. */
  @Setup
  public void open() {
    Case c = Case.family("pointwise").get(line);
    ValueType w = new ValueType(Shape.of(c.number("n")), DType.FLOAT32);
    ValueType rate = new ValueType(Shape.of(), DType.FLOAT64);
    ValueType step = new ValueType(Shape.of(), DType.INT64);
    bench = new OpBench(new AdamOp(0.9, 0.999, 1e-8, 0), w, w, rate, step, w, w);
  }

  /** One update. */
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
