package org.portafilter.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.device.Device;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.Families;
import org.portafilter.graph.Function;
import org.portafilter.graph.LeafOp;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.NormOp;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.PoolOp;
import org.portafilter.graph.ProductOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.graph.StepScalar;
import org.portafilter.graph.Value;
import org.portafilter.init.Constant;
import org.portafilter.init.VarianceScaling;
import org.portafilter.nn.Dropout;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Gelu;
import org.portafilter.nn.GroupNorm;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Scope;
import org.portafilter.nn.Sequential;
import org.portafilter.nn.Silu;
import org.portafilter.nn.Tanh;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;

/** Every op, in layers of a user's own: it has an ONNX form, or is refused before anything is. */
@Tag("unit")
class OnnxOpsTest {
  private static final Shape IMAGE = Shape.of(4, 5, 6);
  private static final Shape ROW = Shape.of(6);

  /** Ops that are written as they are. */
  private static final Set<String> FORMS =
      Set.of(
          "Activation",
          "Add",
          "AveragePool",
          "BatchNormInference",
          "Clamp",
          "Concat",
          "Constant",
          "Conv2d",
          "ConvTranspose2d",
          "Expand",
          "Function",
          "Input",
          "LogSoftmax",
          "MatMul",
          "MaxPool",
          "Multiply",
          "Norm",
          "Reduce",
          "Rescale",
          "Reshape",
          "ReshapeLike",
          "Softmax",
          "Split",
          "State");

  /** Ops that inference replaces or leaves out. */
  private static final Set<String> GONE = Set.of("BatchNorm", "Dropout");

  /** Ops of training and of plans, which have no place in a saved network. */
  private static final Set<String> REFUSED =
      Set.of(
          "ActivationGrad",
          "AveragePoolGrad",
          "BatchNormGrad",
          "ClampGrad",
          "ClipNorm",
          "Conv2dDataGrad",
          "Conv2dWeightGrad",
          "FoldNorm",
          "FunctionGrad",
          "LogSoftmaxGrad",
          "MaxPoolGrad",
          "OneHot",
          "Reorder",
          "RequireFinite",
          "Scalar",
          "SoftmaxCrossEntropy",
          "SoftmaxCrossEntropyGrad",
          "SoftmaxGrad",
          "TopCount",
          "TrustRatio",
          "Unscale",
          "Update",
          "Weigh");

  @TempDir Path folder;

  @Test
  void everyOpIsWrittenOrRefusedOnPurpose() {
    Set<String> listed = new HashSet<>(FORMS);
    listed.addAll(GONE);
    listed.addAll(REFUSED);
    assertEquals(Families.byName().keySet(), listed);
  }

  static Stream<Arguments> layers() {
    return Stream.of(sums(), ops(), names()).flatMap(s -> s);
  }

  private static Stream<Arguments> sums() {
    Window three = Window.of(3).withPadding(1);
    Activation relu = Activation.RELU;
    Layer convolution =
        (scope, x) -> {
          Value w = scope.parameter("w", Shape.of(4, 4, 3, 3), VarianceScaling.kaiming());
          Value plain = scope.add("a", new ConvOp.Forward(three, 1, false, relu), x, w);
          return scope.add(
              "b",
              new ConvOp.Forward(three, 1, false, relu, true),
              plain,
              w,
              scope.add("c", new PointwiseOp.Rescale(2, 1), x));
        };
    Layer norm =
        (scope, x) -> {
          Value one = scope.parameter("one", Shape.of(4), Constant.of(1.5));
          Value bent =
              scope.add(
                  "a",
                  new NormOp.Inference(0.1, Activation.IDENTITY, true),
                  x,
                  one,
                  one,
                  one,
                  one,
                  x);
          return scope.add("b", new NormOp.Inference(0.1, relu, false), bent, one, one, one, one);
        };
    Layer product =
        (scope, x) -> {
          Value w = scope.parameter("w", Shape.of(6, 3), VarianceScaling.kaiming());
          Value y = scope.add("a", new ProductOp.MatMul(false, false, false, relu), x, w);
          return scope.add("b", new ProductOp.MatMul(false, true, false, relu), y, w);
        };
    return Stream.of(
        Arguments.of("convolution with activation and residual", convolution, IMAGE),
        Arguments.of("norm with activation and residual", norm, IMAGE),
        Arguments.of("product with activation", product, ROW));
  }

  private static Stream<Arguments> ops() {
    Layer split =
        (scope, x) -> {
          Value narrow = scope.add("narrow", new PoolOp.Max(Window.of(1, 3)), x);
          Value wide = scope.add("wide", new PoolOp.Average(Window.of(1, 5), false), x);
          Value first = scope.add("cut", new MoveOp.Split(3), x, narrow, wide);
          return scope.add("join", new MoveOp.Concat(3), scope.sibling(first, 1), first, first);
        };
    return Stream.of(
        Arguments.of("split of several uses", split, IMAGE),
        Arguments.of(
            "identity",
            (Layer) (scope, x) -> scope.add(new PointwiseOp.Activate(Activation.IDENTITY), x),
            ROW),
        Arguments.of(
            "mean over the batch, expanded", expanded(ReduceOp.Kind.MEAN, List.of(0, 2, 3)), IMAGE),
        Arguments.of(
            "mean over the image, expanded", expanded(ReduceOp.Kind.MEAN, List.of(2, 3)), IMAGE),
        Arguments.of("sum over channels, expanded", expanded(ReduceOp.Kind.SUM, List.of(1)), IMAGE),
        Arguments.of(
            "reshape like",
            (Layer)
                (scope, x) -> {
                  Value row = scope.add("row", new MoveOp.Reshape(List.of(0, -1)), x);
                  return scope.add(
                      "back",
                      new MoveOp.ReshapeLike(),
                      scope.add("twice", new PointwiseOp.Add(), row, row),
                      x);
                },
            IMAGE),
        Arguments.of(
            "norm",
            (Layer)
                (scope, x) -> {
                  Value length = scope.add("length", new ReduceOp.EuclideanNorm(), x);
                  Value all =
                      scope.add(
                          "all",
                          new ReduceOp.Expand(ReduceOp.Kind.SUM, List.of(0)),
                          scope.add(
                              "one",
                              new MoveOp.Reshape(List.of(-1)),
                              scope.add(
                                  "none",
                                  new ReduceOp.Expand(ReduceOp.Kind.SUM, List.of(1)),
                                  length,
                                  row(scope))),
                          x);
                  return scope.add("product", new PointwiseOp.Multiply(), x, all);
                },
            ROW));
  }

  /** Something of shape 1 x 6. */
  private static Value row(Scope scope) {
    return scope.parameter("row", Shape.of(1, 6), Constant.ones());
  }

  private static Layer expanded(ReduceOp.Kind kind, List<Integer> axes) {
    return (scope, x) -> {
      Value sums = scope.add("reduced", new ReduceOp.Reduce(ReduceOp.Kind.SUM, axes), x);
      return scope.add("expanded", new ReduceOp.Expand(kind, axes), sums, x);
    };
  }

  private static Stream<Arguments> names() {
    Layer twice =
        (scope, x) ->
            scope.add(
                "",
                new PointwiseOp.Add(),
                scope.add("", new PointwiseOp.Rescale(2, 0), x),
                scope.add(new PointwiseOp.Rescale(3, 0), x));
    Layer helpers =
        Sequential.of()
            .then("a", Silu.of())
            .then("a/sigmoid", Tanh.of())
            .then("b/erf", Relu.of())
            .then("b", Gelu.of())
            .then("b", Gelu.of())
            .then("c/shape", Relu.of())
            .then("c", Flatten.of());
    Layer leaves =
        Sequential.of()
            .then("output", GroupNorm.of(2))
            .then("input", GroupNorm.of(2))
            .then("gamma", Relu.of())
            .then("output", Relu.of())
            .then("input", Tanh.of())
            .then("half a pair \ud83d", Tanh.of())
            .then("half a pair ?", Tanh.of())
            .then(" ", Tanh.of());
    Layer parameter =
        (scope, x) -> {
          Value both = scope.add("both", new MoveOp.Reshape(List.of(0, -1)), x);
          Value input = scope.parameter("input/x", Shape.of(6, 6), VarianceScaling.kaiming());
          return scope.add(
              "output",
              new ProductOp.MatMul(false, false, false, Activation.IDENTITY),
              both,
              input);
        };
    return Stream.of(
        Arguments.of("ops at the root without names", twice, ROW),
        Arguments.of("names that helpers want", helpers, IMAGE),
        Arguments.of("names of inputs and outputs", leaves, IMAGE),
        Arguments.of("parameters at the root", parameter, ROW),
        Arguments.of("nothing", Sequential.of(), IMAGE),
        Arguments.of("nothing at inference", Sequential.of(Dropout.of(0.5)), ROW),
        Arguments.of(
            "a constant times the input",
            (Layer)
                (scope, x) ->
                    scope.add(
                        new PointwiseOp.Multiply(),
                        x,
                        scope.add(
                            new ReduceOp.Expand(ReduceOp.Kind.SUM, List.of(0)),
                            scope.add(
                                LeafOp.Constant.row(List.of(1.0, 2.0, 3.0, 4.0, 5.0, 6.0)),
                                new Value[0]),
                            x)),
            ROW));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layers")
  void itRunsAndAgrees(String name, Layer layer, Shape input) throws Exception {
    try (Network net = Network.create(layer, input, Device.cpu(), 3)) {
      EveryLayerOnnxTest.compare(net, folder.resolve("net.onnx"));
    }
  }

  @ParameterizedTest
  @EnumSource(Function.class)
  void everyFunctionAgrees(Function function) throws Exception {
    Layer layer =
        (scope, x) -> {
          Value positive = scope.add("square", new PointwiseOp.Apply(Function.SQUARE), x);
          Value safe = scope.add("safe", new PointwiseOp.Rescale(1, 0.1), positive);
          boolean log =
              List.of(Function.SQRT, Function.LOG, Function.LOG1P, Function.POWER)
                  .contains(function);
          return scope.add("y", new PointwiseOp.Apply(function, 0.7), log ? safe : x);
        };
    itRunsAndAgrees(function.name(), layer, IMAGE);
  }

  static Stream<Arguments> refusals() {
    Layer finite = (scope, x) -> scope.add(new PointwiseOp.RequireFinite(), x);
    Layer rate =
        (scope, x) -> {
          Value one =
              scope.add(
                  "rate", new MoveOp.Reshape(List.of(1, 1)), scope.scalar(StepScalar.LOSS_SCALE));
          return scope.add("y", new PointwiseOp.Add(), x, one);
        };
    Layer positions =
        (scope, x) -> {
          Value pool = scope.add("pool", new PoolOp.Max(Window.of(1)), x);
          Value at = scope.add("at", new MoveOp.Reshape(List.of(-1)), scope.sibling(pool, 1));
          Value rows = scope.add("rows", new MoveOp.Reshape(List.of(0, -1)), x);
          return scope.add("hot", new SoftmaxOp.OneHot(0, -1), at, rows);
        };
    Layer cut =
        (scope, x) -> {
          Value first = scope.add("cut", new MoveOp.Split(0), x, x);
          return first;
        };
    return Stream.of(
        Arguments.of(finite, ROW, "RequireFinite"),
        Arguments.of(rate, Shape.of(1), "Scalar"),
        Arguments.of(positions, Shape.of(1, 1, 1), "MaxPool"),
        Arguments.of(cut, ROW, "Split"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void whatHasNoFormIsRefusedBeforeAFileIsTouched(Layer layer, Shape input, String op)
      throws Exception {
    Path file = Files.writeString(folder.resolve("net.onnx"), "old");
    try (Network net = Network.create(layer, input, Device.cpu(), 1)) {
      var e = assertThrows(PortafilterException.class, () -> OnnxFile.save(net, file));
      assertTrue(e.getMessage().contains(op), e.getMessage());
      assertTrue(e.getMessage().contains("has no ONNX form"), e.getMessage());
      assertTrue(e.getMessage().contains("other ops"), e.getMessage());
    }
    assertEquals("old", Files.readString(file));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }
}
