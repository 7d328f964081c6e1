package org.portafilter.kernel;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.device.MathMode;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ProductOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.MathOracle;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.Preferring;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

@KernelTest
class ProductKernelTest {
  static Stream<Arguments> cases() {
    return Case.family("product").stream()
        .flatMap(
            c ->
                Stream.concat(
                    Stream.of(
                        Arguments.of(c, DType.FLOAT32, MathMode.FAST, ""),
                        Arguments.of(c, DType.FLOAT64, MathMode.FAST, "")),
                    TestDevice.isCpu()
                        ? Stream.of("tiles", "blas-tiles")
                            .map(id -> Arguments.of(c, DType.FLOAT32, MathMode.FAST, id))
                        : Stream.of(
                            Arguments.of(c, DType.FLOAT32, MathMode.STRICT, ""),
                            Arguments.of(c, DType.FLOAT32, MathMode.BFLOAT16, ""),
                            Arguments.of(c, DType.FLOAT32, MathMode.FLOAT16, ""))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyTranspositionEqualsTheOracle(Case c, DType dtype, MathMode math, String kernel) {
    OpRunner runner = new OpRunner(new Preferring(TestDevice.get(), kernel), math);
    int m = c.number("m");
    int n = c.number("n");
    int k = c.number("k");
    double[] a = Draw.uniform("a" + c, (long) m * k);
    double[] b = Draw.uniform("b" + c, (long) k * n);
    double[] bias = Draw.uniform("bias" + c, n);
    for (int flags = 0; flags < 4; flags++) {
      boolean ta = (flags & 1) != 0;
      boolean tb = (flags & 2) != 0;
      Input as = new Input(new ValueType(ta ? Shape.of(k, m) : Shape.of(m, k), dtype), a);
      Input bs = new Input(new ValueType(tb ? Shape.of(n, k) : Shape.of(k, n), dtype), b);
      Input biases = new Input(new ValueType(Shape.of(n), dtype), bias);
      double[] expected = MathOracle.product(a, b, m, n, k, ta, tb);
      double[] magnitude = MathOracle.product(Draw.absolute(a), Draw.absolute(b), m, n, k, ta, tb);
      double[] plain =
          runner
              .run(new ProductOp.MatMul(ta, tb, false, Activation.IDENTITY), dtype, as, bs)
              .get(0);
      Tolerance tolerance = Tolerance.products(runner.numerics());
      tolerance.check("c " + c + " " + ta + tb, dtype, expected, plain, magnitude);
      double[] fused =
          runner
              .run(new ProductOp.MatMul(ta, tb, true, Activation.RELU), dtype, as, bs, biases)
              .get(0);
      for (int i = 0; i < expected.length; i++) {
        expected[i] = Math.max(0, expected[i] + bias[i % n]);
        magnitude[i] += Math.abs(bias[i % n]);
      }
      tolerance.check("relu(c + bias) " + c + " " + ta + tb, dtype, expected, fused, magnitude);
    }
  }
}
