package org.portafilter.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.Op;
import org.portafilter.shape.DType;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.ConvOracle;

/**
 * Convolution, forward and both gradients, over lines of {@code tests/shapes/conv.txt} by their
 * number.
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar ConvBenchmark -p line=27,28</pre>
 */
public class ConvBenchmark extends OpBenchmark {
  /** Position in the shape list, counted from 0. */
  @Param({"24", "25", "27", "29", "30", "31"})
  public int line;

  /** forward, data or weights. */
  @Param({"forward", "data", "weights"})
  public String pass = "forward";

  /** JMH makes it. */
  public ConvBenchmark() {}

  /** Opens the session. */
  @Setup
  public void open() {
    Case c = Case.family("conv").get(line);
    ConvOracle sizes = new ConvOracle(c.image(), c.number("o"), c.window(), c.number("groups", 1));
    ValueType x = new ValueType(c.image(), DType.FLOAT32);
    ValueType w = new ValueType(sizes.weights(), DType.FLOAT32);
    ValueType y = new ValueType(sizes.output(), DType.FLOAT32);
    int groups = c.number("groups", 1);
    Op op =
        switch (pass) {
          case "data" -> new ConvOp.DataGrad(c.window(), groups);
          case "weights" -> new ConvOp.WeightGrad(c.window(), groups);
          default -> new ConvOp.Forward(c.window(), groups, false, Activation.IDENTITY);
        };
    bench =
        switch (pass) {
          case "data" -> new OpBench(op, y, w, x);
          case "weights" -> new OpBench(op, y, x, w);
          default -> new OpBench(op, x, w);
        };
  }
}
