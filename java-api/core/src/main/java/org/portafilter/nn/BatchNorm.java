package org.portafilter.nn;

import org.portafilter.graph.NormOp;
import org.portafilter.graph.Value;
import org.portafilter.init.Constant;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;

/**
 * Batch normalisation per channel (Ioffe and Szegedy 2015), for N x C or N x C x H x W.
 *
 * <p>Training uses the batch's statistics and updates {@code running_mean} and the unbiased {@code
 * running_variance} by {@code new = (1 - momentum) old + momentum batch}; inference uses the
 * running ones, and so does training where {@link Network#freeze} froze both parameters. Parameters
 * {@code gamma} (1) and {@code beta} (0). Defaults: epsilon 1e-5, momentum 0.1.
 */
public record BatchNorm(double epsilon, double momentum) implements Layer {
  /** Epsilon 1e-5, momentum 0.1. */
  public static BatchNorm of() {
    return new BatchNorm(1e-5, 0.1);
  }

  /** The same with another epsilon, above 0. */
  public BatchNorm withEpsilon(double epsilon) {
    return new BatchNorm(epsilon, momentum);
  }

  /** The same with another momentum, in (0, 1]. */
  public BatchNorm withMomentum(double momentum) {
    return new BatchNorm(epsilon, momentum);
  }

  @Override
  public String name() {
    return "norm";
  }

  @Override
  public Value apply(Scope scope, Value x) {
    if (scope.shape(x).rank() < 2) {
      throw new ShapeException(
          "%s (BatchNorm): expected an input N x C x ..., got %s"
              .formatted(scope.path(), scope.shape(x)));
    }
    Shape channels = Shape.of(scope.shape(x).dim(1));
    Value y =
        scope.add(
            new NormOp.Training(epsilon, momentum),
            x,
            scope.parameter("gamma", channels, Constant.ones()),
            scope.parameter("beta", channels, Constant.zeros()),
            scope.statistic("running_mean", channels, Constant.zeros()),
            scope.statistic("running_variance", channels, Constant.ones()));
    scope.update("running_mean", scope.sibling(y, 1));
    scope.update("running_variance", scope.sibling(y, 2));
    return y;
  }
}
