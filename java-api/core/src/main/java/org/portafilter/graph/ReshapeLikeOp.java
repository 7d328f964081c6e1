package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/** The elements of the first input under the shape of the second. */
public record ReshapeLikeOp() implements Op {
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
  public boolean readsShapeOnly(int input) {
    return input == 1;
  }

  @Override
  public boolean isAlias() {
    return true;
  }
}
