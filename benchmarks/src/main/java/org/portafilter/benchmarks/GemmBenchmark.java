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
import org.portafilter.graph.Activation;
import org.portafilter.graph.MatMulOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;

/**
 * Matrix product with a transposed right side, as in a dense layer, over lines of {@code
 * tests/shapes/gemm.txt} by their number.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class GemmBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"3", "8", "9", "10"})
  public int line;

  private OpBench bench;

  /** JMH makes it. */
  public GemmBenchmark() {}

  /** Opens the session. */
  @Setup
  public void open() {
    Case c = Case.family("gemm").get(line);
    ValueType a = new ValueType(Shape.of(c.number("m"), c.number("k")), DType.FLOAT32);
    ValueType b = new ValueType(Shape.of(c.number("n"), c.number("k")), DType.FLOAT32);
    bench = new OpBench(new MatMulOp(false, true, false, Activation.IDENTITY), a, b);
  }

  /** One product. */
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
