package org.portafilter.nn;

import java.util.List;
import org.portafilter.graph.AddOp;
import org.portafilter.graph.ExpandOp;
import org.portafilter.graph.Function;
import org.portafilter.graph.FunctionOp;
import org.portafilter.graph.MultiplyOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.RescaleOp;
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
    ReduceOp mean = new ReduceOp(ReduceOp.Kind.MEAN, List.of(axis));
    ExpandOp expand = new ExpandOp(ReduceOp.Kind.SUM, List.of(axis));
    Value means = scope.add("means", expand, scope.add("mean", mean, rows), rows);
    Value minus = scope.add("minus", new RescaleOp(-1, 0), means);
    Value centred = scope.add("centred", new AddOp(), rows, minus);
    Value squares = scope.add("squares", new FunctionOp(Function.SQUARE), centred);
    Value variance = scope.add("variance", mean, squares);
    Value safe = scope.add("safe", new RescaleOp(1, epsilon), variance);
    Value inverse = scope.add("inverse", new FunctionOp(Function.POWER, -0.5), safe);
    Value factors = scope.add("factors", expand, inverse, rows);
    return scope.add("normalized", new MultiplyOp(), centred, factors);
  }

  /** {@code gamma x + beta}, with learned values that the other axes share; 1 and 0 at first. */
  static Value affine(Scope scope, Value x, Shape shape, List<Integer> others) {
    ExpandOp expand = new ExpandOp(ReduceOp.Kind.SUM, others);
    Value gamma = scope.parameter("gamma", shape, Constant.ones());
    Value beta = scope.parameter("beta", shape, Constant.zeros());
    Value scaled = scope.add("scaled", new MultiplyOp(), x, scope.add("gammas", expand, gamma, x));
    return scope.add("shifted", new AddOp(), scaled, scope.add("betas", expand, beta, x));
  }
}
