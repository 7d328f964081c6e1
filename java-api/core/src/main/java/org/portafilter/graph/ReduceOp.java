package org.portafilter.graph;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** Sum or mean over dimensions, which disappear from the shape. */
public record ReduceOp(Kind kind, List<Integer> axes) implements Op {
  /** What is done with the elements. */
  public enum Kind {
    /** Their sum. */
    SUM,
    /** Their sum divided by their number. */
    MEAN
  }

  /** Copies the list. */
  public ReduceOp {
    axes = List.copyOf(axes);
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(1);
    in.requireWorking(0);
    return List.of(in.working(kept(in, in.shape(0), axes)));
  }

  /** The shape without these axes. */
  static Shape kept(Signature in, Shape shape, List<Integer> axes) {
    for (int axis : axes) {
      in.require(
          axis >= 0 && axis < shape.rank(),
          "axes in [0, " + shape.rank() + ")",
          axes.toString(),
          "");
    }
    List<Long> kept = new ArrayList<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (!axes.contains(axis)) {
        kept.add(shape.dim(axis));
      }
    }
    return Shape.of(kept.stream().mapToLong(Long::longValue).toArray());
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.add(new ExpandOp(kind, axes), g.dy(), g.input(0)));
  }
}
