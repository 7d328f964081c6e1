package org.portafilter.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.device.Device;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.MathMode;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ConvOp;
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
import org.portafilter.testkit.Preferring;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

@KernelTest
class ConvKernelTest {
  /** Every shape in every type and math mode, by the table's kernel and by every other one. */
  static Stream<Arguments> cases() {
    return Case.family("conv").stream().flatMap(c -> Stream.concat(chosen(c), others(c)));
  }

  private static Stream<Arguments> chosen(Case c) {
    Stream<Arguments> all =
        Stream.of(
            Arguments.of(c, DType.FLOAT32, MathMode.FAST, ""),
            Arguments.of(c, DType.FLOAT32, MathMode.STRICT, ""),
            Arguments.of(c, DType.FLOAT64, MathMode.FAST, ""));
    return TestDevice.isCpu()
        ? all
        : Stream.concat(
            all,
            Stream.of(
                Arguments.of(c, DType.FLOAT32, MathMode.BFLOAT16, ""),
                Arguments.of(c, DType.FLOAT32, MathMode.FLOAT16, "")));
  }

  /** Kernels that neither math mode puts first. */
  private static Stream<Arguments> others(Case c) {
    Setup s = new Setup(c, DType.FLOAT32);
    ValueType x = new ValueType(s.image, DType.FLOAT32);
    ValueType w = new ValueType(s.weights, DType.FLOAT32);
    ValueType y = new ValueType(s.output, DType.FLOAT32);
    Op conv = new ConvOp.Forward(s.window, s.groups, false, Activation.IDENTITY);
    List<String> strict =
        ids(new KernelRequest("y", conv, List.of(x, w), List.of(y), MathMode.STRICT));
    return ids(new KernelRequest("y", conv, List.of(x, w), List.of(y), MathMode.FAST)).stream()
        .skip(1)
        .filter(id -> !id.equals(strict.get(0)))
        .map(id -> Arguments.of(c, DType.FLOAT32, MathMode.FAST, id));
  }

  private static List<String> ids(KernelRequest request) {
    Device device = TestDevice.get();
    return device.candidates(device.arrange(request)).stream().map(Kernel::numericsId).toList();
  }

  /** As the table says for the algorithm that ran. */
  private static void check(
      OpRunner runner, String what, DType dtype, double[] wanted, double[] got, double[] sums) {
    boolean winograd = runner.numerics().equals("winograd");
    double[] magnitude = sums.clone();
    if (winograd) {
      Arrays.fill(magnitude, Arrays.stream(sums).max().orElseThrow());
    }
    Tolerance tolerance = Tolerance.products(runner.numerics());
    tolerance.check(what + ", " + runner.numerics(), dtype, wanted, got, magnitude);
  }

  /** The list holds enough shapes for every algorithm over channel blocks, in every pass. */
  @Tag("cpu")
  @Tag("slow")
  @Test
  void someShapesRunInBlocks() {
    Map<String, Integer> counts = new TreeMap<>();
    for (Case c : Case.family("conv")) {
      for (MathMode math : List.of(MathMode.FAST, MathMode.STRICT)) {
        Setup s = new Setup(c, DType.FLOAT32);
        OpRunner runner = new OpRunner(TestDevice.get(), math);
        Input x = s.input(s.image, s.x);
        Input w = s.input(s.weights, s.w);
        Input dy = s.input(s.output, s.dy);
        runner.run(
            new ConvOp.Forward(s.window, s.groups, false, Activation.IDENTITY),
            DType.FLOAT32,
            x,
            w);
        counts.merge("forward " + runner.numerics(), 1, Integer::sum);
        runner.run(new ConvOp.DataGrad(s.window, s.groups), DType.FLOAT32, dy, w, x);
        counts.merge("data " + runner.numerics(), 1, Integer::sum);
        runner.run(new ConvOp.WeightGrad(s.window, s.groups), DType.FLOAT32, dy, x, w);
        counts.merge("weights " + runner.numerics(), 1, Integer::sum);
      }
    }
    for (String pass : List.of("forward", "data", "weights")) {
      assertTrue(counts.getOrDefault(pass + " winograd", 0) >= 5, counts.toString());
      assertTrue(counts.getOrDefault(pass + " blocked", 0) >= 10, counts.toString());
    }
  }

  /** The list holds enough shapes for the direct algorithm, forward and data gradient. */
  @Tag("cpu")
  @Test
  void someShapesRunDirectly() {
    int forward = 0;
    int data = 0;
    for (Case c : Case.family("conv")) {
      Setup s = new Setup(c, DType.FLOAT32);
      ValueType x = new ValueType(s.image, DType.FLOAT32);
      ValueType w = new ValueType(s.weights, DType.FLOAT32);
      ValueType y = new ValueType(s.oracle.output(), DType.FLOAT32);
      Op conv = new ConvOp.Forward(s.window, s.groups, false, Activation.IDENTITY);
      Op back = new ConvOp.DataGrad(s.window, s.groups);
      forward +=
          isDirect(new KernelRequest("y", conv, List.of(x, w), List.of(y), MathMode.STRICT))
              ? 1
              : 0;
      data +=
          isDirect(new KernelRequest("dx", back, List.of(y, w, x), List.of(x), MathMode.STRICT))
              ? 1
              : 0;
    }
    assertTrue(forward >= 6 && data >= 4, forward + " forward, " + data + " data gradients");
  }

  private static boolean isDirect(KernelRequest request) {
    return TestDevice.get().candidates(request).get(0).numericsId().endsWith(" direct");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void forwardEqualsTheOracle(Case c, DType dtype, MathMode math, String kernel) {
    OpRunner runner = new OpRunner(new Preferring(TestDevice.get(), kernel), math);
    Setup s = new Setup(c, dtype);
    double[] expected = once("y", c, () -> s.oracle.forward(s.x, s.w, s.b));
    double[] magnitude =
        once(
            "|y|",
            c,
            () -> s.oracle.forward(Draw.absolute(s.x), Draw.absolute(s.w), Draw.absolute(s.b)));
    for (Activation activation : List.of(Activation.IDENTITY, Activation.RELU)) {
      ConvOp.Forward op = new ConvOp.Forward(s.window, s.groups, true, activation);
      double[] got =
          runner
              .run(op, dtype, s.input(s.image, s.x), s.input(s.weights, s.w), s.input(s.bias, s.b))
              .get(0);
      double[] wanted = expected.clone();
      for (int i = 0; i < wanted.length && activation == Activation.RELU; i++) {
        wanted[i] = Math.max(0, wanted[i]);
      }
      check(runner, "y, " + activation + ", " + c, dtype, wanted, got, magnitude);
    }
    for (Activation activation : List.of(Activation.IDENTITY, Activation.RELU)) {
      ConvOp.Forward op = new ConvOp.Forward(s.window, s.groups, true, activation, true);
      double[] got =
          runner
              .run(
                  op,
                  dtype,
                  s.input(s.image, s.x),
                  s.input(s.weights, s.w),
                  s.input(s.bias, s.b),
                  s.input(s.output, s.dy))
              .get(0);
      double[] wanted = expected.clone();
      double[] sizes = magnitude.clone();
      for (int i = 0; i < wanted.length; i++) {
        wanted[i] += s.dy[i];
        sizes[i] += Math.abs(s.dy[i]);
        wanted[i] = activation == Activation.RELU ? Math.max(0, wanted[i]) : wanted[i];
      }
      check(runner, "y with a residual, " + activation + ", " + c, dtype, wanted, got, sizes);
    }
    ConvOp.Forward plain = new ConvOp.Forward(s.window, s.groups, false, Activation.IDENTITY);
    double[] got = runner.run(plain, dtype, s.input(s.image, s.x), s.input(s.weights, s.w)).get(0);
    check(
        runner,
        "y without bias, " + c,
        dtype,
        once("y without bias", c, () -> s.oracle.forward(s.x, s.w)),
        got,
        magnitude);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void dataGradientEqualsTheOracle(Case c, DType dtype, MathMode math, String kernel) {
    OpRunner runner = new OpRunner(new Preferring(TestDevice.get(), kernel), math);
    Setup s = new Setup(c, dtype);
    double[] got =
        runner
            .run(
                new ConvOp.DataGrad(s.window, s.groups),
                dtype,
                s.input(s.output, s.dy),
                s.input(s.weights, s.w),
                s.input(s.image, s.x))
            .get(0);
    double[] magnitude =
        once("|dx|", c, () -> s.oracle.backwardData(Draw.absolute(s.dy), Draw.absolute(s.w)));
    check(
        runner,
        "dx, " + c,
        dtype,
        once("dx", c, () -> s.oracle.backwardData(s.dy, s.w)),
        got,
        magnitude);
    if (s.rest() >= 0) {
      ConvOp.Transposed transposed = new ConvOp.Transposed(s.window, s.groups, s.rest());
      double[] y =
          runner.run(transposed, dtype, s.input(s.output, s.dy), s.input(s.weights, s.w)).get(0);
      check(
          runner,
          "y transposed, " + c,
          dtype,
          once("dx", c, () -> s.oracle.backwardData(s.dy, s.w)),
          y,
          magnitude);
    }
  }

  /** Most shapes are those of a transposed convolution too. */
  @Test
  void someShapesAreTransposed() {
    long some =
        Case.family("conv").stream().filter(c -> new Setup(c, DType.FLOAT64).rest() >= 0).count();
    assertTrue(some >= 40, some + " shapes");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void weightGradientEqualsTheOracle(Case c, DType dtype, MathMode math, String kernel) {
    OpRunner runner = new OpRunner(new Preferring(TestDevice.get(), kernel), math);
    Setup s = new Setup(c, dtype);
    double[] got =
        runner
            .run(
                new ConvOp.WeightGrad(s.window, s.groups),
                dtype,
                s.input(s.output, s.dy),
                s.input(s.image, s.x),
                s.input(s.weights, s.w))
            .get(0);
    double[] magnitude =
        once("|dw|", c, () -> s.oracle.backwardWeights(Draw.absolute(s.dy), Draw.absolute(s.x)));
    check(
        runner,
        "dw, " + c,
        dtype,
        once("dw", c, () -> s.oracle.backwardWeights(s.dy, s.x)),
        got,
        magnitude);
  }

  private static final Map<String, double[]> EXPECTED = new HashMap<>();

  /** What the oracle says, once for all variants of a case. */
  private static double[] once(String what, Case c, Supplier<double[]> oracle) {
    return EXPECTED.computeIfAbsent(what + " " + c, key -> oracle.get());
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

    /** Rows and columns the window does not reach, where these are as many; else -1. */
    int rest() {
      long rows =
          image.dim(2)
              + window.padTop()
              + window.padBottom()
              - (long) window.dilationHeight() * (window.kernelHeight() - 1)
              - 1;
      long columns =
          image.dim(3)
              + window.padLeft()
              + window.padRight()
              - (long) window.dilationWidth() * (window.kernelWidth() - 1)
              - 1;
      long rest = rows % window.strideHeight();
      long least = Math.min(window.strideHeight(), window.strideWidth());
      return rest == columns % window.strideWidth() && rest < least ? (int) rest : -1;
    }

    Input input(Shape shape, double[] values) {
      return new Input(new ValueType(shape, dtype), values);
    }
  }
}
