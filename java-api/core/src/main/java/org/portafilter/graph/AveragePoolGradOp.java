package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/** Spreads {@code dy} evenly over the windows of an {@link AveragePoolOp}. */
public record AveragePoolGradOp(Window window, boolean countPadding) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireWorking(0);
    return List.of(in.working(in.shape(1)));
  }

  @Override
  public boolean readsShapeOnly(int input) {
    return input == 1;
  }
}
