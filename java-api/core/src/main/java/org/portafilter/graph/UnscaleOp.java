package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * {@code x / scale}: a gradient as it is without the loss's scale. A run ends here, with {@code
 * OverflowException} and before it changes any state, when an element of that is infinite or NaN.
 * Inputs: x, and a scale of rank 0.
 */
public record UnscaleOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireWorking(0);
    in.requireShape(1, Shape.of(), "a scale");
    return List.of(in.type(0));
  }

  @Override
  public boolean mayEndRun() {
    return true;
  }
}
