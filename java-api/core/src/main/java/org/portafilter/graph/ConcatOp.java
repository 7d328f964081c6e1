package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** Joins values along one dimension; all others must agree. */
public record ConcatOp(int axis) implements Op {
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
    Value first = g.add(new SplitOp(axis), inputs);
    for (int i = 0; i < g.inputs().size(); i++) {
      g.accumulate(i, g.sibling(first, i));
    }
  }
}
