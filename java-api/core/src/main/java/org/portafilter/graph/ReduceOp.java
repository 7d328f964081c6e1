package org.portafilter.graph;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.graph.Reach.Link;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** Sums over axes, and what spreads a value over them again. */
public sealed interface ReduceOp extends Op {
  /** What is done with the elements. */
  enum Kind {
    /** Their sum. */
    SUM,
    /** Their sum divided by their number. */
    MEAN
  }

  /** Takes dimensions away, or gives them back. */
  sealed interface OverAxes extends ReduceOp {
    /** Whether it sums or averages. */
    Kind kind();

    /** The dimensions, from 0. */
    List<Integer> axes();
  }

  /** Sum or mean over dimensions, which disappear from the shape. */
  @OpName("Reduce")
  record Reduce(Kind kind, List<Integer> axes) implements OverAxes {
    /** Copies the list. */
    public Reduce {
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
      g.accumulate(0, g.add(new Expand(kind, axes), g.dy(), g.input(0)));
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      List<Link> links = new ArrayList<>();
      for (int axis = 0; axis < inputs.get(0).shape().rank(); axis++) {
        if (!axes.contains(axis)) {
          links.add(Link.same(axis));
        }
      }
      return new Reach(links);
    }
  }

  /**
   * The adjoint of {@link Reduce}: repeats the first input along {@code axes} to the shape of the
   * second.
   */
  @OpName("Expand")
  record Expand(Kind kind, List<Integer> axes) implements OverAxes {
    /** Copies the list. */
    public Expand {
      axes = List.copyOf(axes);
    }

    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireWorking(0);
      Shape kept = Reduce.kept(in, in.shape(1), axes);
      in.requireShape(0, kept, "what is left of " + in.shape(1) + " without axes " + axes + ",");
      return List.of(in.working(in.shape(1)));
    }

    @Override
    public boolean readsShapeOnly(int input) {
      return input == 1;
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.add(new Reduce(kind, axes), g.dy()));
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      List<@Nullable Link> links = new ArrayList<>();
      int kept = 0;
      for (int axis = 0; axis < inputs.get(1).shape().rank(); axis++) {
        links.add(axes.contains(axis) ? null : Link.same(kept++));
      }
      return new Reach(links);
    }
  }

  /** The Euclidean norm over all elements, of shape 1. The norm of several norms is that of all. */
  @OpName("Norm")
  record EuclideanNorm() implements ReduceOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(1);
      in.requireWorking(0);
      return List.of(in.working(Shape.of(1)));
    }
  }
}
