package org.portafilter.nn;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.graph.Activation;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.Value;
import org.portafilter.init.Constant;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;

/**
 * {@code max(0, x) + slope_c min(0, x)}, with a learned slope per channel (He et al. 2015).
 *
 * <p>Parameter: {@code slope} C. Takes N x C or N x C x H x W.
 */
public record PRelu(double initial) implements Layer {
  /** Slopes that begin at 0.25. */
  public static PRelu of() {
    return new PRelu(0.25);
  }

  /** Slopes that begin at this. */
  public static PRelu of(double initial) {
    return new PRelu(initial);
  }

  @Override
  public Value apply(Scope scope, Value x) {
    Shape in = scope.shape(x);
    if (in.rank() < 2) {
      throw new ShapeException(
          "%s (PRelu): expected an input N x C or N x C x H x W, got %s"
              .formatted(scope.path(), in));
    }
    List<Integer> others = new ArrayList<>();
    for (int axis = 0; axis < in.rank(); axis++) {
      if (axis != 1) {
        others.add(axis);
      }
    }
    Value slope = scope.parameter("slope", Shape.of(in.dim(1)), Constant.of(initial));
    Value slopes = scope.add("slopes", new ReduceOp.Expand(ReduceOp.Kind.SUM, others), slope, x);
    Value above = scope.add("above", new PointwiseOp.Activate(Activation.RELU), x);
    Value negative = scope.add("negative", new PointwiseOp.Rescale(-1, 0), x);
    Value below = scope.add("below", new PointwiseOp.Activate(Activation.RELU), negative);
    Value sloped = scope.add("sloped", new PointwiseOp.Multiply(), slopes, below);
    Value minus = scope.add("minus", new PointwiseOp.Rescale(-1, 0), sloped);
    return scope.add("sum", new PointwiseOp.Add(), above, minus);
  }
}
