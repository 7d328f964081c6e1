package org.portafilter.kernel;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.portafilter.device.MathMode;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ProductOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.MathOracle;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

/**
 * Products whose sides differ by any factor, as those of a dense layer do: chunks of a kernel are
 * cut by such factors, and what a chunk keeps beside itself must hold the longest.
 */
@Tag("kernel")
class RandomGemmProperties {
  /** Multiplications of one product; plain Java does as many in some hundredths of a second. */
  private static final long MOST = TestDevice.isCpu() ? 8_000_000 : 20_000;

  private static final int LONGEST = 3000;

  @Property(tries = 200, seed = "20261126")
  void anyProductEqualsTheOracle(
      @ForAll @IntRange(min = 0, max = 1000) int first,
      @ForAll @IntRange(min = 0, max = 1000) int second,
      @ForAll @IntRange(min = 0, max = 1000) int third,
      @ForAll boolean transposeA,
      @ForAll boolean transposeB,
      @ForAll @IntRange(min = 0, max = 3) int precision) {
    DType dtype = precision == 0 ? DType.FLOAT64 : DType.FLOAT32;
    int m = length(first, MOST);
    int n = length(second, MOST / m);
    int k = length(third, MOST / m / n);
    double[] a = Draw.uniform("a", (long) m * k);
    double[] b = Draw.uniform("b", (long) k * n);
    Input as = new Input(new ValueType(of(transposeA, m, k), dtype), a);
    Input bs = new Input(new ValueType(of(transposeB, k, n), dtype), b);
    OpRunner runner = new OpRunner(TestDevice.get(), MathMode.FAST);
    ProductOp.MatMul product =
        new ProductOp.MatMul(transposeA, transposeB, false, Activation.IDENTITY);
    double[] got = runner.run(product, dtype, as, bs).get(0);
    double[] expected = MathOracle.product(a, b, m, n, k, transposeA, transposeB);
    double[] magnitude =
        MathOracle.product(Draw.absolute(a), Draw.absolute(b), m, n, k, transposeA, transposeB);
    Tolerance.products(runner.numerics())
        .check("m=%s n=%s k=%s".formatted(m, n, k), dtype, expected, got, magnitude);
  }

  /** From 1 to the longest that is allowed, every factor as likely as any other. */
  private static int length(int draw, long most) {
    double longest = Math.max(1, Math.min(LONGEST, most));
    return (int) Math.round(Math.pow(longest, draw / 1000.0));
  }

  private static Shape of(boolean transposed, int rows, int columns) {
    return transposed ? Shape.of(columns, rows) : Shape.of(rows, columns);
  }
}
