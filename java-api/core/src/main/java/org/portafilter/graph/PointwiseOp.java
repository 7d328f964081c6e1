package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** One number for each number: sums, products, functions, and checks of every element. */
public sealed interface PointwiseOp extends Op {
  /** Each place reads its own of values, and single numbers whole. */
  @Override
  default Reach reach(int output, int input, List<ValueType> inputs) {
    int rank = inputs.get(0).shape().rank();
    return inputs.get(input).shape().equals(inputs.get(0).shape()) ? Reach.same(rank) : Reach.ALL;
  }

  @Override
  default boolean keepsZero() {
    return true;
  }

  /** {@code a + b} of equal shapes. Its gradient copies: both inputs receive {@code dy}. */
  @OpName("Add")
  record Add() implements PointwiseOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireWorking(0);
      in.requireShape(1, in.shape(0), "a second term");
      return List.of(in.type(0));
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.dy());
      g.accumulate(1, g.dy());
    }
  }

  /**
   * {@code a b}, elementwise, of equal shapes. Its gradient swaps: each input receives {@code dy}
   * times the other.
   */
  @OpName("Multiply")
  record Multiply() implements PointwiseOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireWorking(0);
      in.requireShape(1, in.shape(0), "a second factor");
      return List.of(in.type(0));
    }

    @Override
    public void gradient(Gradient g) {
      if (g.needs(0)) {
        g.accumulate(0, g.add(new Multiply(), g.dy(), g.input(1)));
      }
      if (g.needs(1)) {
        g.accumulate(1, g.add(new Multiply(), g.dy(), g.input(0)));
      }
    }
  }

  /**
   * A value times a weight, elementwise, of equal shapes; where the weight is 0 it is 0, even of an
   * infinite value or NaN. What must not count is so left out, where {@link Multiply} gives NaN.
   */
  @OpName("Weigh")
  record Weigh() implements PointwiseOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireWorking(0);
      in.requireWorking(1);
      in.requireShape(1, in.shape(0), "a weight each");
      return List.of(in.type(0));
    }

    @Override
    public void gradient(Gradient g) {
      if (g.needs(0)) {
        g.accumulate(0, g.add(new Weigh(), g.dy(), g.input(1)));
      }
      if (g.needs(1)) {
        g.accumulate(1, g.add(new Weigh(), g.input(0), g.dy()));
      }
    }
  }

  /** {@code y = scale x + shift}; a {@code UINT8} input becomes the working type. */
  @OpName("Rescale")
  record Rescale(double scale, double shift) implements PointwiseOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(1);
      if (in.type(0).dtype() != DType.UINT8) {
        in.requireWorking(0);
      }
      return List.of(in.working(in.shape(0)));
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.add(new Rescale(scale, 0), g.dy()));
    }

    @Override
    public boolean keepsZero() {
      return shift == 0;
    }
  }

  /** {@code min(max(x, low), high)}, elementwise; NaN stays. */
  @OpName("Clamp")
  record Clamp(double low, double high) implements PointwiseOp {
    /** Checks that {@code low} is not above {@code high}. */
    public Clamp {
      if (!(low <= high)) {
        throw new PortafilterException(
            "a clamp needs low at most high, got " + low + " and " + high);
      }
    }

    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(1);
      in.requireWorking(0);
      return List.of(in.type(0));
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.add(new ClampGrad(low, high), g.dy(), g.input(0)));
    }

    @Override
    public double[] kinks() {
      return new double[] {low, high};
    }

    @Override
    public boolean keepsZero() {
      return low <= 0 && high >= 0;
    }
  }

  /**
   * {@code dx = dy} where {@code low < x < high} and 0 elsewhere, from {@code dy} and {@code x}.
   */
  @OpName("ClampGrad")
  record ClampGrad(double low, double high) implements PointwiseOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireShape(1, in.shape(0), "a value");
      return List.of(in.type(0));
    }

    @Override
    public boolean isSaved() {
      return false;
    }
  }

  /** {@code y = activation(x)}, elementwise. */
  @OpName("Activation")
  record Activate(Activation activation) implements PointwiseOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(1);
      in.requireWorking(0);
      return List.of(in.type(0));
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.add(new ActivationGrad(activation), g.dy(), g.output(0)));
    }

    @Override
    public double[] kinks() {
      return activation == Activation.RELU ? new double[] {0} : new double[0];
    }

    @Override
    public boolean keepsZero() {
      return activation != Activation.SIGMOID;
    }
  }

  /** {@code dx = dy activation'}, from {@code dy} and the activation's value {@code y}. */
  @OpName("ActivationGrad")
  record ActivationGrad(Activation activation) implements PointwiseOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireShape(1, in.shape(0), "a value");
      return List.of(in.type(0));
    }

    @Override
    public boolean isSaved() {
      return false;
    }
  }

  /** {@code y = function(x)}, elementwise; functions without a number ignore {@code alpha}. */
  @OpName("Function")
  record Apply(Function function, double alpha) implements PointwiseOp {
    /** A function without a number. */
    public Apply(Function function) {
      this(function, 0);
    }

    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(1);
      in.requireWorking(0);
      return List.of(in.type(0));
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.add(new FunctionGrad(function, alpha), g.dy(), g.input(0)));
    }

    @Override
    public double[] kinks() {
      return function.kinks(alpha);
    }

    @Override
    public boolean keepsZero() {
      return function.keepsZero();
    }
  }

  /**
   * {@code dx = dy function'(x)}, from {@code dy} and {@code x}; 0 where {@code dy} is 0, even
   * where the function is infinitely steep.
   */
  @OpName("FunctionGrad")
  record FunctionGrad(Function function, double alpha) implements PointwiseOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireShape(1, in.shape(0), "a value");
      return List.of(in.type(0));
    }

    @Override
    public boolean isSaved() {
      return false;
    }

    @Override
    public boolean keepsZero() {
      return function.keepsZero();
    }
  }

  /** {@code x min(1, most / (norm + 1e-6))}. Inputs: x, and a norm of shape 1. */
  @OpName("ClipNorm")
  record ClipNorm(double most) implements PointwiseOp {
    /** Checks that {@code most} is above 0. */
    public ClipNorm {
      if (!(most > 0)) {
        throw new PortafilterException("a norm is clipped to something above 0, got " + most);
      }
    }

    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireWorking(0);
      in.requireShape(1, Shape.of(1), "a norm");
      return List.of(in.type(0));
    }
  }

  /**
   * Its input, unchanged; a run ends here, with {@code NotFiniteException}, when an element is
   * infinite or NaN. State updates computed before it are committed after it, so that such a run
   * changes no state.
   *
   * @param squares whether the square of every element must be finite too
   */
  @OpName("RequireFinite")
  record RequireFinite(boolean squares) implements PointwiseOp {
    /** Elements must be finite, their squares need not. */
    public RequireFinite() {
      this(false);
    }

    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(1);
      in.requireWorking(0);
      return List.of(in.type(0));
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.dy());
    }

    @Override
    public boolean mayEndRun() {
      return true;
    }

    @Override
    public boolean isGuard() {
      return true;
    }
  }

  /**
   * {@code x / scale}: a gradient as it is without the loss's scale. A run ends here, with {@code
   * OverflowException} and before it changes any state, when an element of that is infinite or NaN.
   * Inputs: x, and a scale of rank 0.
   */
  @OpName("Unscale")
  record Unscale() implements PointwiseOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireWorking(0);
      in.requireShape(1, Shape.of(), "a scale");
      return List.of(in.type(0));
    }

    @Override
    public boolean mayEndRun() {
      return true;
    }

    @Override
    public boolean isGuard() {
      return true;
    }
  }
}
