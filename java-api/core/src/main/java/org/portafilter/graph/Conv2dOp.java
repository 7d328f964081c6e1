package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/**
 * Two-dimensional cross-correlation: x (N x C x H x W), w (O x C/groups x kh x kw) and, where
 * {@code bias}, b (O) give y (N x O x OH x OW). Where {@code residual}, the last input has y's
 * shape and is added before the activation; both are set by fusion only.
 */
public record Conv2dOp(
    Window window, int groups, boolean bias, Activation activation, boolean residual)
    implements Op {
  /** A convolution that adds nothing. */
  public Conv2dOp(Window window, int groups, boolean bias, Activation activation) {
    this(window, groups, bias, activation, false);
  }

  /** Checks that there is at least one group. */
  public Conv2dOp {
    if (groups < 1) {
      throw new ShapeException("a convolution needs at least 1 group, got " + groups);
    }
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2 + (bias ? 1 : 0) + (residual ? 1 : 0));
    in.requireWorking(0);
    in.requireRank(0, 4, "N x C x H x W");
    in.requireRank(1, 4, "O x C/groups x kernel height x kernel width");
    long channels = in.dim(0, 1);
    long out = in.dim(1, 0);
    in.require(
        channels % groups == 0,
        "input channels divisible by groups " + groups,
        channels + " channels",
        "");
    in.require(
        out % groups == 0, "output channels divisible by groups " + groups, out + " channels", "");
    Shape weights = Shape.of(out, channels / groups, window.kernelHeight(), window.kernelWidth());
    in.requireShape(1, weights, "weights");
    if (bias) {
      in.requireShape(2, Shape.of(out), "bias");
    }
    Shape y = output(in, window, out);
    if (residual) {
      in.requireShape(bias ? 3 : 2, y, "residual");
    }
    return List.of(in.working(y));
  }

  static Shape output(Signature in, Window window, long channels) {
    long height = window.outputHeight(in.dim(0, 2));
    long width = window.outputWidth(in.dim(0, 3));
    in.require(
        height >= 1 && width >= 1,
        "an input on which the window " + window + " fits at least once",
        "input " + in.shape(0) + ", output " + height + "x" + width,
        "use a smaller kernel or stride, or more padding");
    return Shape.of(in.dim(0, 0), channels, height, width);
  }

  @Override
  public void gradient(Gradient g) {
    if (activation != Activation.IDENTITY || residual) {
      throw g.missing();
    }
    if (g.needs(0)) {
      g.accumulate(0, g.add(new Conv2dDataGradOp(window, groups), g.dy(), g.input(1), g.input(0)));
    }
    if (g.needs(1)) {
      g.accumulate(
          1, g.add(new Conv2dWeightGradOp(window, groups), g.dy(), g.input(0), g.input(1)));
    }
    if (bias && g.needs(2)) {
      g.accumulate(2, g.add(new ReduceOp(ReduceOp.Kind.SUM, List.of(0, 2, 3)), g.dy()));
    }
  }
}
