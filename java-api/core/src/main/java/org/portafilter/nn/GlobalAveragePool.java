package org.portafilter.nn;

import java.util.List;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.ShapeException;

/** The mean of each channel's plane: N x C x H x W to N x C (Lin et al. 2013). */
public record GlobalAveragePool() implements Layer {
  /** The layer. */
  public static GlobalAveragePool of() {
    return new GlobalAveragePool();
  }

  @Override
  public String name() {
    return "pool";
  }

  @Override
  public Value apply(Scope scope, Value x) {
    if (scope.shape(x).rank() != 4) {
      throw new ShapeException(
          "%s (GlobalAveragePool): expected an input N x C x H x W, got %s"
              .formatted(scope.path(), scope.shape(x)));
    }
    return scope.add(new ReduceOp.Reduce(ReduceOp.Kind.MEAN, List.of(2, 3)), x);
  }
}
