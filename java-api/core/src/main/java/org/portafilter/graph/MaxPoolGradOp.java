package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/** Routes {@code dy} to the positions in the switches of a {@link MaxPoolOp}. */
public record MaxPoolGradOp(Window window) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(3);
    in.requireWorking(0);
    return List.of(in.working(in.shape(2)));
  }

  @Override
  public boolean readsShapeOnly(int input) {
    return input == 2;
  }
}
