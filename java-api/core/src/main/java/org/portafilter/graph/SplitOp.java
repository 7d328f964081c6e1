package org.portafilter.graph;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.shape.ValueType;

/** The inverse of {@link ConcatOp}: cuts the first input into pieces shaped as the others. */
public record SplitOp(int axis) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireWorking(0);
    List<ValueType> pieces = new ArrayList<>();
    long total = 0;
    for (int i = 1; i < in.count(); i++) {
      pieces.add(in.working(in.shape(i)));
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
}
