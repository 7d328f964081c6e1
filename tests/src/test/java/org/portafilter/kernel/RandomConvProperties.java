package org.portafilter.kernel;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.portafilter.device.MathMode;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ConvOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.ConvOracle;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

/** Convolutions nobody thought of. */
@Tag("kernel")
class RandomConvProperties {
  @Property(tries = 150, seed = "20261120")
  void anyConvolutionEqualsTheOracle(
      @ForAll @IntRange(min = 1, max = 3) int n,
      @ForAll @IntRange(min = 1, max = 4) int channelsPerGroup,
      @ForAll @IntRange(min = 1, max = 5) int outPerGroup,
      @ForAll @IntRange(min = 1, max = 3) int groups,
      @ForAll @IntRange(min = 1, max = 14) int h,
      @ForAll @IntRange(min = 1, max = 19) int w,
      @ForAll @IntRange(min = 1, max = 5) int kernelHeight,
      @ForAll @IntRange(min = 1, max = 4) int kernelWidth,
      @ForAll @IntRange(min = 0, max = 3) int pad,
      @ForAll @IntRange(min = 0, max = 2) int extra,
      @ForAll @IntRange(min = 1, max = 3) int stride,
      @ForAll @IntRange(min = 1, max = 2) int dilation) {
    Window window =
        new Window(
            kernelHeight,
            kernelWidth,
            stride,
            1 + stride / 2,
            pad,
            pad + extra,
            pad,
            pad,
            dilation,
            1);
    requireOracle(n, (long) channelsPerGroup * groups, outPerGroup * groups, groups, h, w, window);
  }

  @Property(tries = 120, seed = "20261121")
  void anyConvolutionInBlocksEqualsTheOracle(
      @ForAll @IntRange(min = 1, max = 3) int n,
      @ForAll @IntRange(min = -1, max = 3) int blocks,
      @ForAll @IntRange(min = 1, max = 3) int outBlocks,
      @ForAll @IntRange(min = 1, max = 17) int h,
      @ForAll @IntRange(min = 1, max = 33) int w,
      @ForAll @IntRange(min = 1, max = 5) int kernelHeight,
      @ForAll @IntRange(min = 1, max = 4) int kernelWidth,
      @ForAll @IntRange(min = 0, max = 3) int pad,
      @ForAll @IntRange(min = 0, max = 2) int extra,
      @ForAll @IntRange(min = 1, max = 3) int stride,
      @ForAll @IntRange(min = 1, max = 2) int dilation) {
    Window window =
        new Window(
            kernelHeight,
            kernelWidth,
            stride,
            1 + stride / 2,
            pad,
            pad + extra,
            pad,
            pad,
            dilation,
            1);
    // Fewer channels than a block: a first layer.
    int channels = blocks <= 0 ? 3 - blocks * 4 : 16 * blocks;
    requireOracle(n, channels, 16 * outBlocks, 1, h, w, window);
  }

  private static void requireOracle(
      int n, long channels, int out, int groups, int h, int w, Window window) {
    if (window.outputHeight(h) < 1 || window.outputWidth(w) < 1) {
      return;
    }
    Shape image = Shape.of(n, channels, h, w);
    ConvOracle oracle = new ConvOracle(image, out, window, groups);
    String name = image + " " + window + " " + groups;
    double[] x = Draw.uniform("x" + name, image.count());
    double[] weights = Draw.uniform("w" + name, oracle.weights().count());
    double[] dy = Draw.uniform("dy" + name, oracle.output().count());
    OpRunner runner = new OpRunner(TestDevice.get(), MathMode.STRICT);
    Input xs = new Input(new ValueType(image, DType.FLOAT32), x);
    Input ws = new Input(new ValueType(oracle.weights(), DType.FLOAT32), weights);
    Input dys = new Input(new ValueType(oracle.output(), DType.FLOAT32), dy);
    Tolerance.PRODUCTS.check(
        "y " + name,
        DType.FLOAT32,
        oracle.forward(x, weights),
        runner
            .run(
                new ConvOp.Forward(window, groups, false, Activation.IDENTITY),
                DType.FLOAT32,
                xs,
                ws)
            .get(0),
        oracle.forward(Draw.absolute(x), Draw.absolute(weights)));
    Tolerance.PRODUCTS.check(
        "dx " + name,
        DType.FLOAT32,
        oracle.backwardData(dy, weights),
        runner.run(new ConvOp.DataGrad(window, groups), DType.FLOAT32, dys, ws, xs).get(0),
        oracle.backwardData(Draw.absolute(dy), Draw.absolute(weights)));
    Tolerance.PRODUCTS.check(
        "dw " + name,
        DType.FLOAT32,
        oracle.backwardWeights(dy, x),
        runner.run(new ConvOp.WeightGrad(window, groups), DType.FLOAT32, dys, xs, ws).get(0),
        oracle.backwardWeights(Draw.absolute(dy), Draw.absolute(x)));
  }

  @Property(tries = 5)
  void caseTextIsReadBack(@ForAll @IntRange(min = 1, max = 9) int n) {
    if (Case.of("n=" + n).number("n") != n) {
      throw new AssertionError("n=" + n);
    }
  }
}
