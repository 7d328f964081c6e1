package org.portafilter.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ProductOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;

/**
 * Matrix product with a transposed right side, as in a dense layer, over lines of {@code
 * tests/shapes/product.txt} by their number.
 */
public class GemmBenchmark extends OpBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"3", "8", "9", "10"})
  public int line;

  /** JMH makes it. */
  public GemmBenchmark() {}

  /** Opens the session. */
  @Setup
  public void open() {
    Case c = Case.family("product").get(line);
    ValueType a = new ValueType(Shape.of(c.number("m"), c.number("k")), DType.FLOAT32);
    ValueType b = new ValueType(Shape.of(c.number("n"), c.number("k")), DType.FLOAT32);
    bench = new OpBench(new ProductOp.MatMul(false, true, false, Activation.IDENTITY), a, b);
  }
}
