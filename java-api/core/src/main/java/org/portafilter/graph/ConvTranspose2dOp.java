package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/**
 * Transposed convolution: what a convolution over this window does to gradients of its input. x (N
 * x C x H x W) and w (C x O/groups x kh x kw) give y (N x O x OH x OW) with {@code OH = (H - 1)
 * stride - top - bottom + dilation (kh - 1) + outputPadding + 1}.
 *
 * @param outputPadding rows and columns of y that a convolution back to x would not reach; below
 *     the stride
 */
public record ConvTranspose2dOp(Window window, int groups, int outputPadding) implements Op {
  /** Checks the ranges. */
  public ConvTranspose2dOp {
    int stride = Math.min(window.strideHeight(), window.strideWidth());
    if (groups < 1 || outputPadding < 0 || outputPadding >= stride) {
      throw new ShapeException(
          "a transposed convolution needs at least 1 group and output padding in [0, %s), below its stride, got %s and %s"
              .formatted(stride, groups, outputPadding));
    }
  }

  /** The same as the gradient it is. */
  public Conv2dDataGradOp dataGrad() {
    return new Conv2dDataGradOp(window, groups);
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireWorking(0);
    in.requireRank(0, 4, "N x C x H x W");
    in.requireRank(1, 4, "C x O/groups x kernel height x kernel width");
    long channels = in.dim(0, 1);
    in.require(
        channels % groups == 0,
        "input channels divisible by groups " + groups,
        channels + " channels",
        "");
    long each = in.dim(1, 1);
    in.requireShape(
        1, Shape.of(channels, each, window.kernelHeight(), window.kernelWidth()), "weights");
    long height =
        (in.dim(0, 2) - 1) * window.strideHeight()
            - (window.padTop() + window.padBottom())
            + (long) window.dilationHeight() * (window.kernelHeight() - 1)
            + outputPadding
            + 1;
    long width =
        (in.dim(0, 3) - 1) * window.strideWidth()
            - (window.padLeft() + window.padRight())
            + (long) window.dilationWidth() * (window.kernelWidth() - 1)
            + outputPadding
            + 1;
    in.require(
        height >= 1 && width >= 1,
        "an input large enough for the padding of " + window,
        "input " + in.shape(0) + ", output " + height + "x" + width,
        "use less padding");
    return List.of(in.working(Shape.of(in.dim(0, 0), each * groups, height, width)));
  }

  @Override
  public void gradient(Gradient g) {
    if (g.needs(0)) {
      Conv2dOp convolution = new Conv2dOp(window, groups, false, Activation.IDENTITY);
      g.accumulate(0, g.add(convolution, g.dy(), g.input(1)));
    }
    if (g.needs(1)) {
      g.accumulate(
          1, g.add(new Conv2dWeightGradOp(window, groups), g.input(0), g.dy(), g.input(1)));
    }
  }
}
