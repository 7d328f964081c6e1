package org.portafilter.nn;

import java.util.List;
import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.Value;
import org.portafilter.init.Constant;
import org.portafilter.shape.Shape;

/** What layer and group norm are put together from. */
final class Normalized {
  private Normalized() {}

  /**
   * Each row along the last axis with mean 0 and variance 1: {@code (x - mean) / sqrt(variance +
   * epsilon)}, the variance that of the row itself, found after its mean.
   *
   * @param axis the last axis of {@code rows}
   */
  static Value rows(Scope scope, Value rows, int axis, double epsilon) {
    ReduceOp.Reduce mean = new ReduceOp.Reduce(ReduceOp.Kind.MEAN, List.of(axis));
    ReduceOp.Expand expand = new ReduceOp.Expand(ReduceOp.Kind.SUM, List.of(axis));
    Value means = scope.add("means", expand, scope.add("mean", mean, rows), rows);
    Value minus = scope.add("minus", new PointwiseOp.Rescale(-1, 0), means);
    Value centred = scope.add("centred", new PointwiseOp.Add(), rows, minus);
    Value squares = scope.add("squares", new PointwiseOp.Apply(Function.SQUARE), centred);
    Value variance = scope.add("variance", mean, squares);
    Value safe = scope.add("safe", new PointwiseOp.Rescale(1, epsilon), variance);
    Value inverse = scope.add("inverse", new PointwiseOp.Apply(Function.POWER, -0.5), safe);
    Value factors = scope.add("factors", expand, inverse, rows);
    return scope.add("normalized", new PointwiseOp.Multiply(), centred, factors);
  }

  /** {@code gamma x + beta}, with learned values that the other axes share; 1 and 0 at first. */
  static Value affine(Scope scope, Value x, Shape shape, List<Integer> others) {
    ReduceOp.Expand expand = new ReduceOp.Expand(ReduceOp.Kind.SUM, others);
    Value gamma = scope.parameter("gamma", shape, Constant.ones());
    Value beta = scope.parameter("beta", shape, Constant.zeros());
    Value scaled =
        scope.add("scaled", new PointwiseOp.Multiply(), x, scope.add("gammas", expand, gamma, x));
    return scope.add("shifted", new PointwiseOp.Add(), scaled, scope.add("betas", expand, beta, x));
  }
}
