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
import org.portafilter.graph.MaxPoolOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;

/** Max pooling forward over lines of {@code tests/shapes/pool.txt} by their number. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class PoolBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"1", "3"})
  public int line;

  private OpBench bench;

  /** JMH makes it. */
  public PoolBenchmark() {}

  /** Opens the session. */
  @Setup
  public void open() {
    Case c = Case.family("pool").get(line);
    bench = new OpBench(new MaxPoolOp(c.window()), new ValueType(c.image(), DType.FLOAT32));
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
