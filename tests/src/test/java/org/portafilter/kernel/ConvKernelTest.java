package org.portafilter.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.device.Device;
import org.portafilter.device.KernelRequest;
import org.portafilter.graph.Activation;
import org.portafilter.graph.Conv2dDataGradOp;
import org.portafilter.graph.Conv2dOp;
import org.portafilter.graph.Conv2dWeightGradOp;
import org.portafilter.graph.Op;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.ConvOracle;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.Tolerance;

@KernelTest
class ConvKernelTest {
  private final OpRunner runner = new OpRunner(Device.cpu());

  static Stream<Arguments> cases() {
    return Case.family("conv").stream()
        .flatMap(c -> Stream.of(Arguments.of(c, DType.FLOAT32), Arguments.of(c, DType.FLOAT64)));
  }

  /** The list holds enough shapes for the direct algorithm, forward and data gradient. */
  @Test
  void someShapesRunDirectly() {
    int forward = 0;
    int data = 0;
    for (Case c : Case.family("conv")) {
      Setup s = new Setup(c, DType.FLOAT32);
      ValueType x = new ValueType(s.image, DType.FLOAT32);
      ValueType w = new ValueType(s.weights, DType.FLOAT32);
      ValueType y = new ValueType(s.oracle.output(), DType.FLOAT32);
      Op conv = new Conv2dOp(s.window, s.groups, false, Activation.IDENTITY);
      Op back = new Conv2dDataGradOp(s.window, s.groups);
      forward += isDirect(new KernelRequest("y", conv, List.of(x, w), List.of(y))) ? 1 : 0;
      data += isDirect(new KernelRequest("dx", back, List.of(y, w, x), List.of(x))) ? 1 : 0;
    }
    assertTrue(forward >= 6 && data >= 4, forward + " forward, " + data + " data gradients");
  }

  private static boolean isDirect(KernelRequest request) {
    return Device.cpu().candidates(request).get(0).numericsId().equals("direct");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void forwardEqualsTheOracle(Case c, DType dtype) {
    Setup s = new Setup(c, dtype);
    double[] expected = s.oracle.forward(s.x, s.w, s.b);
    double[] magnitude =
        s.oracle.forward(Draw.absolute(s.x), Draw.absolute(s.w), Draw.absolute(s.b));
    for (Activation activation : List.of(Activation.IDENTITY, Activation.RELU)) {
      Conv2dOp op = new Conv2dOp(s.window, s.groups, true, activation);
      double[] got =
          runner
              .run(op, dtype, s.input(s.image, s.x), s.input(s.weights, s.w), s.input(s.bias, s.b))
              .get(0);
      double[] wanted = expected.clone();
      for (int i = 0; i < wanted.length && activation == Activation.RELU; i++) {
        wanted[i] = Math.max(0, wanted[i]);
      }
      Tolerance.PRODUCTS.check("y, " + activation + ", " + c, dtype, wanted, got, magnitude);
    }
    Conv2dOp plain = new Conv2dOp(s.window, s.groups, false, Activation.IDENTITY);
    double[] got = runner.run(plain, dtype, s.input(s.image, s.x), s.input(s.weights, s.w)).get(0);
    Tolerance.PRODUCTS.check(
        "y without bias, " + c, dtype, s.oracle.forward(s.x, s.w), got, magnitude);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void dataGradientEqualsTheOracle(Case c, DType dtype) {
    Setup s = new Setup(c, dtype);
    double[] got =
        runner
            .run(
                new Conv2dDataGradOp(s.window, s.groups),
                dtype,
                s.input(s.output, s.dy),
                s.input(s.weights, s.w),
                s.input(s.image, s.x))
            .get(0);
    double[] magnitude = s.oracle.backwardData(Draw.absolute(s.dy), Draw.absolute(s.w));
    Tolerance.PRODUCTS.check("dx, " + c, dtype, s.oracle.backwardData(s.dy, s.w), got, magnitude);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void weightGradientEqualsTheOracle(Case c, DType dtype) {
    Setup s = new Setup(c, dtype);
    double[] got =
        runner
            .run(
                new Conv2dWeightGradOp(s.window, s.groups),
                dtype,
                s.input(s.output, s.dy),
                s.input(s.image, s.x),
                s.input(s.weights, s.w))
            .get(0);
    double[] magnitude = s.oracle.backwardWeights(Draw.absolute(s.dy), Draw.absolute(s.x));
    Tolerance.PRODUCTS.check(
        "dw, " + c, dtype, s.oracle.backwardWeights(s.dy, s.x), got, magnitude);
  }

  /** Everything one case needs. */
  private static final class Setup {
    final Window window;
    final int groups;
    final DType dtype;
    final ConvOracle oracle;
    final Shape image;
    final Shape weights;
    final Shape output;
    final Shape bias;
    final double[] x;
    final double[] w;
    final double[] b;
    final double[] dy;

    Setup(Case c, DType dtype) {
      this.dtype = dtype;
      window = c.window();
      groups = c.number("groups", 1);
      image = c.image();
      oracle = new ConvOracle(image, c.number("o"), window, groups);
      weights = oracle.weights();
      output = oracle.output();
      bias = Shape.of(c.number("o"));
      x = Draw.uniform("x" + c, image.count());
      w = Draw.uniform("w" + c, weights.count());
      b = Draw.uniform("b" + c, bias.count());
      dy = Draw.uniform("dy" + c, output.count());
    }

    Input input(Shape shape, double[] values) {
      return new Input(new ValueType(shape, dtype), values);
    }
  }
}
