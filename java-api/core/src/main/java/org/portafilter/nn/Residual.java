package org.portafilter.nn;

import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code body(x) + shortcut(x)} (He et al. 2015); both must give the same shape. */
public record Residual(Layer body, Layer shortcut) implements Layer {
  /** A body beside the identity. */
  public static Residual of(Layer body) {
    return new Residual(body, Sequential.of());
  }

  /** A body beside a shortcut, usually a 1x1 convolution with a stride. */
  public static Residual of(Layer body, Layer shortcut) {
    return new Residual(body, shortcut);
  }

  @Override
  public Value apply(Scope scope, Value x) {
    Value y = scope.apply("body", body, x);
    Value straight = scope.apply("shortcut", shortcut, x);
    return scope.add("sum", new PointwiseOp.Add(), y, straight);
  }
}
