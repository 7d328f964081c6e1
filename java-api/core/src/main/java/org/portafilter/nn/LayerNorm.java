package org.portafilter.nn;

import java.util.List;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/**
 * Layer normalisation (Ba et al. 2016): each image or row, over all its values, gets mean 0 and
 * variance 1, then {@code gamma x + beta} value by value; the same in training and at inference.
 *
 * <p>Parameters: {@code gamma} and {@code beta} of one image's shape. Put together from sums and
 * products: it passes over its input more often than batch norm does.
 *
 * @param epsilon added to the variance; 1e-5 unless set
 */
public record LayerNorm(double epsilon) implements Layer {
  /** Checks that epsilon is above 0. */
  public LayerNorm {
    if (!(epsilon > 0)) {
      throw new PortafilterException("LayerNorm needs an epsilon above 0, got " + epsilon);
    }
  }

  /** The layer. */
  public static LayerNorm of() {
    return new LayerNorm(1e-5);
  }

  /** The same with another epsilon. */
  public LayerNorm withEpsilon(double epsilon) {
    return new LayerNorm(epsilon);
  }

  @Override
  public String name() {
    return "norm";
  }

  @Override
  public Value apply(Scope scope, Value x) {
    Shape in = scope.shape(x);
    Value rows = scope.add("rows", new MoveOp.Reshape(List.of(0, -1)), x);
    Value normalized = Normalized.rows(scope, rows, 1, epsilon);
    Value image = scope.add("image", new MoveOp.ReshapeLike(), normalized, x);
    return Normalized.affine(scope, image, in.tail(), List.of(0));
  }
}
