package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/** The gradient of a convolution's input, from {@code dy}, the weights and the input's shape. */
public record Conv2dDataGradOp(Window window, int groups) implements Op {
  /** Checks that there is at least one group. */
  public Conv2dDataGradOp {
    if (groups < 1) {
      throw new ShapeException("a convolution needs at least 1 group, got " + groups);
    }
  }

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
