package org.portafilter.nn;

import org.portafilter.graph.Activation;
import org.portafilter.graph.ProductOp;
import org.portafilter.graph.Value;
import org.portafilter.init.Constant;
import org.portafilter.init.Initializer;
import org.portafilter.init.VarianceScaling;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;

/**
 * Fully connected layer: N x I to N x O, {@code y = x weights^T + bias}.
 *
 * <p>Parameters: {@code weights} O x I, {@code bias} O. Defaults: with bias, Kaiming weights, zero
 * bias.
 *
 * <pre>{@code
 * Layer head = Dense.of(10);
 * }</pre>
 */
public record Dense(int units, boolean bias, Initializer initializer) implements Layer {
  /** Checks that {@code units} is at least 1. */
  public Dense {
    if (units < 1) {
      throw new ShapeException("Dense needs at least 1 unit, got " + units);
    }
  }

  /**
   * A dense layer.
   *
   * @param units outputs
   */
  public static Dense of(int units) {
    return new Dense(units, true, VarianceScaling.kaiming());
  }

  /** The same with or without bias. */
  public Dense withBias(boolean bias) {
    return new Dense(units, bias, initializer);
  }

  /** The same with other initial weights. */
  public Dense withInitializer(Initializer initializer) {
    return new Dense(units, bias, initializer);
  }

  @Override
  public Value apply(Scope scope, Value x) {
    Shape in = scope.shape(x);
    if (in.rank() != 2) {
      throw new ShapeException(
          "%s (Dense): expected an input N x features, got %s; put a Flatten before it"
              .formatted(scope.path(), in));
    }
    Value weights = scope.parameter("weights", Shape.of(units, in.dim(1)), initializer);
    ProductOp.MatMul op = new ProductOp.MatMul(false, true, bias, Activation.IDENTITY);
    if (!bias) {
      return scope.add(op, x, weights);
    }
    return scope.add(op, x, weights, scope.parameter("bias", Shape.of(units), Constant.zeros()));
  }
}
