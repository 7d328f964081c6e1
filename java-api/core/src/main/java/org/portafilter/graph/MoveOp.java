package org.portafilter.graph;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.graph.Reach.Link;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** The same numbers in other places or under another shape. */
public sealed interface MoveOp extends Op {
  /** Pieces that lie one behind the other along one dimension. */
  sealed interface AlongAxis extends MoveOp {
    /** The dimension, from 0. */
    int axis();
  }

  /** Joins values along one dimension; all others must agree. */
  @OpName("Concat")
  record Concat(int axis) implements AlongAxis {
    @Override
    public List<ValueType> infer(Signature in) {
      in.require(in.count() >= 1, "at least one input", "none", "");
      Shape first = in.shape(0);
      in.require(
          axis >= 0 && axis < first.rank(),
          "an axis in [0, " + first.rank() + ")",
          "axis " + axis,
          "");
      long total = 0;
      for (int i = 0; i < in.count(); i++) {
        in.requireWorking(i);
        Shape shape = in.shape(i);
        boolean fits =
            shape.rank() == first.rank() && shape.with(axis, 1).equals(first.with(axis, 1));
        in.require(fits, "inputs that differ only along axis " + axis, first + " and " + shape, "");
        total += shape.dim(axis);
      }
      return List.of(in.working(first.with(axis, total)));
    }

    @Override
    public void gradient(Gradient g) {
      Value[] inputs = new Value[g.inputs().size() + 1];
      inputs[0] = g.dy();
      for (int i = 1; i < inputs.length; i++) {
        inputs[i] = g.input(i - 1);
      }
      Value first = g.add(new Split(axis), inputs);
      for (int i = 0; i < g.inputs().size(); i++) {
        g.accumulate(i, g.sibling(first, i));
      }
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      long before = 0;
      for (int i = 0; i < input; i++) {
        before += inputs.get(i).shape().dim(axis);
      }
      return Reach.same(inputs.get(0).shape().rank()).with(axis, new Link(axis, 1, -before, 1));
    }

    @Override
    public boolean keepsZero() {
      return true;
    }
  }

  /** The inverse of {@link Concat}: cuts the first input into pieces shaped as the others. */
  @OpName("Split")
  record Split(int axis) implements AlongAxis {
    @Override
    public List<ValueType> infer(Signature in) {
      in.require(in.count() >= 2, "a value and at least one piece", in.count() + " inputs", "");
      in.requireWorking(0);
      Shape whole = in.shape(0);
      in.require(
          axis >= 0 && axis < whole.rank(),
          "an axis in [0, " + whole.rank() + ")",
          "axis " + axis,
          "");
      List<ValueType> pieces = new ArrayList<>();
      long total = 0;
      for (int i = 1; i < in.count(); i++) {
        Shape piece = in.shape(i);
        boolean fits =
            piece.rank() == whole.rank() && piece.with(axis, 1).equals(whole.with(axis, 1));
        in.require(fits, "pieces that differ only along axis " + axis, whole + " and " + piece, "");
        pieces.add(in.working(piece));
        total += in.dim(i, axis);
      }
      in.require(
          total == in.dim(0, axis),
          "pieces that sum to " + in.dim(0, axis) + " along axis " + axis,
          "" + total,
          "");
      return pieces;
    }

    @Override
    public boolean mayOmit(int output) {
      return true;
    }

    @Override
    public boolean readsShapeOnly(int input) {
      return input > 0;
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      long before = 0;
      for (int i = 1; i <= output; i++) {
        before += inputs.get(i).shape().dim(axis);
      }
      return Reach.same(inputs.get(0).shape().rank()).with(axis, new Link(axis, 1, before, 1));
    }

    @Override
    public boolean keepsZero() {
      return true;
    }
  }

  /**
   * The same elements under another shape: in {@code dims}, 0 keeps a dimension and one -1 takes
   * what is left.
   */
  @OpName("Reshape")
  record Reshape(List<Integer> dims) implements MoveOp {
    /** Copies the list. */
    public Reshape {
      dims = List.copyOf(dims);
    }

    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(1);
      Shape from = in.shape(0);
      long[] to = new long[dims.size()];
      long known = 1;
      int open = -1;
      for (int i = 0; i < to.length; i++) {
        int dim = dims.get(i);
        if (dim == -1) {
          in.require(open < 0, "at most one -1", dims.toString(), "");
          open = i;
        } else {
          in.require(
              dim > 0 || (dim == 0 && i < from.rank()),
              "sizes of at least 1, or 0 to keep one",
              dims.toString(),
              "");
          to[i] = dim == 0 ? from.dim(i) : dim;
          known *= to[i];
        }
      }
      if (open >= 0) {
        in.require(from.count() % known == 0, "a count divisible by " + known, from.toString(), "");
        to[open] = from.count() / known;
        known *= to[open];
      }
      in.require(known == from.count(), from.count() + " elements", dims + " of " + known, "");
      return List.of(new ValueType(Shape.of(to), in.type(0).dtype()));
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.add(new ReshapeLike(), g.dy(), g.input(0)));
    }

    @Override
    public boolean isAlias() {
      return true;
    }
  }

  /** The elements of the first input under the shape of the second. */
  @OpName("ReshapeLike")
  record ReshapeLike() implements MoveOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.require(
          in.shape(0).count() == in.shape(1).count(),
          in.shape(1).count() + " elements",
          in.shape(0).toString(),
          "");
      return List.of(new ValueType(in.shape(1), in.type(0).dtype()));
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.add(new ReshapeLike(), g.dy(), g.input(0)));
    }

    @Override
    public boolean readsShapeOnly(int input) {
      return input == 1;
    }

    @Override
    public boolean isAlias() {
      return true;
    }
  }

  /**
   * The same values in another order of memory, and rounded where the element type is narrower.
   * Planning adds it; networks never hold it.
   */
  @OpName("Reorder")
  record Reorder(Layout layout, DType dtype) implements MoveOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(1);
      return List.of(in.type(0).withLayout(layout).withDtype(dtype));
    }

    @Override
    public boolean isSaved() {
      return false;
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      return Reach.same(inputs.get(0).shape().rank());
    }
  }
}
