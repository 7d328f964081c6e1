package org.portafilter.graph;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.graph.Reach.Link;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/**
 * A window slides over x and multiplies it by weights: convolution, its gradients, and the
 * transposed.
 */
public sealed interface ConvOp extends Op {
  /** One of an op's values. */
  record Place(boolean isOutput, int index) {
    private static Place input(int index) {
      return new Place(false, index);
    }

    private static Place output(int index) {
      return new Place(true, index);
    }

    /** Its type among those of an op's values. */
    public ValueType of(List<ValueType> inputs, List<ValueType> outputs) {
      return (isOutput ? outputs : inputs).get(index);
    }
  }

  /**
   * Which of an op's values is what.
   *
   * @param x the image that windows slide over
   * @param y the image that has a place for each window
   * @param weights what x is multiplied by
   */
  record Roles(Place x, Place y, Place weights) {
    private static final Roles FORWARD = new Roles(Place.input(0), Place.output(0), Place.input(1));
    private static final Roles DATA = new Roles(Place.output(0), Place.input(0), Place.input(1));
    private static final Roles WEIGHTS = new Roles(Place.input(1), Place.input(0), Place.output(0));
  }

  /** An image x, an image y and weights, one of which it computes from the other two. */
  sealed interface Windowed extends ConvOp {
    /** Where windows lie on x. */
    Window window();

    /** Into how many groups channels are cut. */
    int groups();

    /** Which of its values is what. */
    Roles roles();
  }

  /** The channels of a convolution that has a group for each. */
  private static @Nullable Link channels(int groups, ValueType x, ValueType weights) {
    Shape w = weights.shape();
    boolean each = groups == x.shape().dim(1) && w.dim(0) == groups && w.dim(1) == 1;
    return groups > 1 && each ? Link.same(1) : null;
  }

  /** Multiplications and additions between an image of y's shape and weights. */
  private static double sums(ValueType y, ValueType weights) {
    Shape w = weights.shape();
    return 2.0 * y.shape().count() * w.dim(1) * w.dim(2) * w.dim(3);
  }

  /**
   * Two-dimensional cross-correlation: x (N x C x H x W), w (O x C/groups x kh x kw) and, where
   * {@code bias}, b (O) give y (N x O x OH x OW). Where {@code residual}, the last input has y's
   * shape and is added before the activation; both are set by fusion only.
   */
  @OpName("Conv2d")
  record Forward(Window window, int groups, boolean bias, Activation activation, boolean residual)
      implements Windowed {
    /** A convolution that adds nothing. */
    public Forward(Window window, int groups, boolean bias, Activation activation) {
      this(window, groups, bias, activation, false);
    }

    /** Checks that there is at least one group. */
    public Forward {
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
          out % groups == 0,
          "output channels divisible by groups " + groups,
          out + " channels",
          "");
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
        g.accumulate(0, g.add(new DataGrad(window, groups), g.dy(), g.input(1), g.input(0)));
      }
      if (g.needs(1)) {
        g.accumulate(1, g.add(new WeightGrad(window, groups), g.dy(), g.input(0), g.input(1)));
      }
      if (bias && g.needs(2)) {
        g.accumulate(2, g.add(new ReduceOp.Reduce(ReduceOp.Kind.SUM, List.of(0, 2, 3)), g.dy()));
      }
    }

    @Override
    public double operations(List<ValueType> inputs, List<ValueType> outputs) {
      return sums(outputs.get(0), inputs.get(1));
    }

    @Override
    public @Nullable Op taking(Epilogue epilogue) {
      return epilogue == Epilogue.RELU && activation == Activation.IDENTITY
          ? new Forward(window, groups, bias, Activation.RELU, residual)
          : null;
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      if (input == 0) {
        Link channels = channels(groups, inputs.get(0), inputs.get(1));
        return Reach.of(Link.same(0), channels, Link.rows(window), Link.columns(window));
      }
      boolean last = residual && input == inputs.size() - 1;
      return last ? Reach.same(4) : Reach.of(null, Link.same(0), null, null);
    }

    @Override
    public Roles roles() {
      return Roles.FORWARD;
    }
  }

  /** The gradient of a convolution's input, from {@code dy}, the weights and the input's shape. */
  @OpName("Conv2dDataGrad")
  record DataGrad(Window window, int groups) implements Windowed {
    /** Checks that there is at least one group. */
    public DataGrad {
      if (groups < 1) {
        throw new ShapeException("a convolution needs at least 1 group, got " + groups);
      }
    }

    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(3);
      in.requireWorking(0);
      return List.of(in.working(in.shape(2)));
    }

    @Override
    public boolean readsShapeOnly(int input) {
      return input == 2;
    }

    @Override
    public boolean isSaved() {
      return false;
    }

    @Override
    public double operations(List<ValueType> inputs, List<ValueType> outputs) {
      return sums(inputs.get(0), inputs.get(1));
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      // Where windows meet a place of x, they do so at every stride: its rows and columns are read
      // whole.
      Link channels = channels(groups, inputs.get(0), inputs.get(1));
      return input == 0
          ? Reach.of(Link.same(0), channels, null, null)
          : Reach.of(null, groups == 1 ? Link.same(1) : null, null, null);
    }

    @Override
    public Roles roles() {
      return Roles.DATA;
    }
  }

  /** The gradient of a convolution's weights, from {@code dy}, the input and the weights' shape. */
  @OpName("Conv2dWeightGrad")
  record WeightGrad(Window window, int groups) implements Windowed {
    /** Checks that there is at least one group. */
    public WeightGrad {
      if (groups < 1) {
        throw new ShapeException("a convolution needs at least 1 group, got " + groups);
      }
    }

    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(3);
      in.requireWorking(0);
      return List.of(in.working(in.shape(2)));
    }

    @Override
    public boolean readsShapeOnly(int input) {
      return input == 2;
    }

    @Override
    public boolean isSaved() {
      return false;
    }

    @Override
    public double operations(List<ValueType> inputs, List<ValueType> outputs) {
      return sums(inputs.get(0), outputs.get(0));
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      Link out = Link.same(1);
      return input == 0
          ? Reach.of(out, null, null, null)
          : Reach.of(null, groups == 1 ? Link.same(1) : null, null, null);
    }

    @Override
    public Roles roles() {
      return Roles.WEIGHTS;
    }
  }

  /**
   * Transposed convolution: what a convolution over this window does to gradients of its input. x
   * (N x C x H x W) and w (C x O/groups x kh x kw) give y (N x O x OH x OW) with {@code OH = (H -
   * 1) stride - top - bottom + dilation (kh - 1) + outputPadding + 1}.
   *
   * @param outputPadding rows and columns of y that a convolution back to x would not reach; below
   *     the stride
   */
  @OpName("ConvTranspose2d")
  record Transposed(Window window, int groups, int outputPadding) implements Windowed {
    /** Checks the ranges. */
    public Transposed {
      int stride = Math.min(window.strideHeight(), window.strideWidth());
      if (groups < 1 || outputPadding < 0 || outputPadding >= stride) {
        throw new ShapeException(
            "a transposed convolution needs at least 1 group and output padding in [0, %s), below its stride, got %s and %s"
                .formatted(stride, groups, outputPadding));
      }
    }

    /** The same as the gradient it is. */
    public DataGrad dataGrad() {
      return new DataGrad(window, groups);
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
        Forward convolution = new Forward(window, groups, false, Activation.IDENTITY);
        g.accumulate(0, g.add(convolution, g.dy(), g.input(1)));
      }
      if (g.needs(1)) {
        g.accumulate(1, g.add(new WeightGrad(window, groups), g.input(0), g.dy(), g.input(1)));
      }
    }

    @Override
    public double operations(List<ValueType> inputs, List<ValueType> outputs) {
      return sums(inputs.get(0), inputs.get(1));
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      // Where windows meet a place of x, they do so at every stride: its rows and columns are read
      // whole.
      Link channels = channels(groups, inputs.get(0), inputs.get(1));
      return input == 0
          ? Reach.of(Link.same(0), channels, null, null)
          : Reach.of(null, groups == 1 ? Link.same(1) : null, null, null);
    }

    @Override
    public Roles roles() {
      return Roles.DATA;
    }
  }

  /**
   * A batch norm with given statistics as part of the convolution before it. Inputs: that
   * convolution's weights (O x ...), gamma, beta, mean, variance and, where {@code bias}, its bias
   * (O each). Outputs: weights and bias of one convolution that does both. Made by fusion only; the
   * inputs are state, so that it runs when the state has changed and not at every run.
   */
  @OpName("FoldNorm")
  record FoldNorm(double epsilon, boolean bias) implements ConvOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(bias ? 6 : 5);
      in.requireWorking(0);
      Shape channels = Shape.of(in.dim(0, 0));
      for (int i = 1; i < (bias ? 6 : 5); i++) {
        in.requireShape(i, channels, "one value per output channel");
      }
      return List.of(in.type(0), in.working(channels));
    }

    @Override
    public boolean isSaved() {
      return false;
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      Link own = Link.same(0);
      return input == 0 && output == 0
          ? Reach.same(inputs.get(0).shape().rank())
          : new Reach(
                  Collections.nCopies(output == 0 ? inputs.get(0).shape().rank() : 1, (Link) null))
              .with(0, own);
    }
  }
}
