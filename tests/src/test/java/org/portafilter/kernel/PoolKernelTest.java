package org.portafilter.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.graph.PoolOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.Case.Variant;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.PoolOracle;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

@KernelTest
class PoolKernelTest {
  private final OpRunner plain = new OpRunner(TestDevice.get());

  static Stream<Variant> cases() {
    return Case.family("pool").stream().flatMap(c -> c.variants(c.number("c")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void maxEqualsTheOracle(Variant variant) {
    Case c = variant.work();
    DType dtype = variant.dtype();
    OpRunner runner = new OpRunner(TestDevice.get(), variant.layout());
    Window window = c.window();
    PoolOracle oracle = new PoolOracle(c.image(), window);
    // Coarse values, so that ties happen.
    double[] x = Draw.uniform("x" + c, c.image().count());
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.round(4 * x[i]);
    }
    double[] dy = Draw.uniform("dy" + c, oracle.output().count());
    Input image = new Input(new ValueType(c.image(), dtype), x);
    List<double[]> got = runner.run(new PoolOp.Max(window), dtype, image);
    Tolerance.EXACT.check("y " + c, dtype, oracle.max(x), got.get(0));
    Tolerance.EXACT.check("switches " + c, dtype, oracle.switches(x), got.get(1));
    double[] dx =
        runner
            .run(
                new PoolOp.MaxGrad(window),
                dtype,
                new Input(new ValueType(oracle.output(), dtype), dy),
                new Input(new ValueType(oracle.output(), DType.INT32), oracle.switches(x)),
                image)
            .get(0);
    Tolerance.ROUNDING.check("dx " + c, dtype, oracle.maxGrad(dy, oracle.switches(x)), dx);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void averageEqualsTheOracle(Variant variant) {
    Case c = variant.work();
    DType dtype = variant.dtype();
    OpRunner runner = new OpRunner(TestDevice.get(), variant.layout());
    Window window = c.window();
    boolean count = c.number("count", 0) == 1;
    PoolOracle oracle = new PoolOracle(c.image(), window);
    double[] x = Draw.uniform("x" + c, c.image().count());
    double[] dy = Draw.uniform("dy" + c, oracle.output().count());
    Input image = new Input(new ValueType(c.image(), dtype), x);
    double[] y = runner.run(new PoolOp.Average(window, count), dtype, image).get(0);
    Tolerance.PRODUCTS.check(
        "y " + c, dtype, oracle.average(x, count), y, oracle.average(Draw.absolute(x), count));
    Input gradient = new Input(new ValueType(oracle.output(), dtype), dy);
    double[] dx = runner.run(new PoolOp.AverageGrad(window, count), dtype, gradient, image).get(0);
    double[] magnitude = oracle.averageGrad(Draw.absolute(dy), count);
    Tolerance.PRODUCTS.check("dx " + c, dtype, oracle.averageGrad(dy, count), dx, magnitude);
  }

  @Test
  void theFirstNanWins() {
    Shape shape = Shape.of(1, 1, 4, 4);
    double[] x = new double[16];
    x[5] = Double.NaN;
    x[4] = 9;
    x[10] = Double.NaN;
    for (Window window : List.of(Window.of(2).withStride(2), Window.of(3))) {
      PoolOracle oracle = new PoolOracle(shape, window);
      List<double[]> got =
          plain.run(
              new PoolOp.Max(window),
              DType.FLOAT32,
              new Input(new ValueType(shape, DType.FLOAT32), x));
      assertArrayEquals(oracle.max(x), got.get(0));
      assertArrayEquals(oracle.switches(x), got.get(1));
    }
  }
}
