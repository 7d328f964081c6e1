package org.portafilter.nn;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;

/**
 * Group normalisation (Wu and He 2018): the channels of each image are cut into groups, each of
 * which gets mean 0 and variance 1, then {@code gamma x + beta} channel by channel; the same in
 * training and at inference, and for every size of a batch. With a group per channel it is instance
 * normalisation (Ulyanov et al. 2016).
 *
 * <p>Parameters: {@code gamma} C, {@code beta} C. Put together from sums and products: it passes
 * over its input more often than batch norm does.
 *
 * <pre>{@code
 * Layer norm = GroupNorm.of(8);
 * }</pre>
 *
 * @param groups how many; 0 for a group per channel
 * @param epsilon added to the variance; 1e-5 unless set
 */
public record GroupNorm(int groups, double epsilon) implements Layer {
  /** Checks the ranges. */
  public GroupNorm {
    if (groups < 0 || !(epsilon > 0)) {
      throw new PortafilterException(
          "GroupNorm needs at least 1 group and an epsilon above 0, got %s and %s"
              .formatted(groups, epsilon));
    }
  }

  /** So many groups. */
  public static GroupNorm of(int groups) {
    return new GroupNorm(groups, 1e-5);
  }

  /** A group per channel: instance normalisation. */
  public static GroupNorm perChannel() {
    return new GroupNorm(0, 1e-5);
  }

  /** The same with another epsilon. */
  public GroupNorm withEpsilon(double epsilon) {
    return new GroupNorm(groups, epsilon);
  }

  @Override
  public String name() {
    return "norm";
  }

  @Override
  public Value apply(Scope scope, Value x) {
    Shape in = scope.shape(x);
    long count = in.rank() < 2 || groups > 0 ? groups : in.dim(1);
    if (in.rank() < 3 || in.dim(1) % count != 0) {
      throw new ShapeException(
          "%s (GroupNorm): expected an input N x C x H x W with C divisible by %s groups, got %s"
              .formatted(scope.path(), count, in));
    }
    Value rows = scope.add("rows", new MoveOp.Reshape(List.of(0, (int) count, -1)), x);
    Value normalized = Normalized.rows(scope, rows, 2, epsilon);
    Value image = scope.add("image", new MoveOp.ReshapeLike(), normalized, x);
    List<Integer> others = new ArrayList<>();
    for (int axis = 0; axis < in.rank(); axis++) {
      if (axis != 1) {
        others.add(axis);
      }
    }
    return Normalized.affine(scope, image, Shape.of(in.dim(1)), others);
  }
}
