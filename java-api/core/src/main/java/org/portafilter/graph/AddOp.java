package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/** {@code a + b} of equal shapes. Its gradient copies: both inputs receive {@code dy}. */
public record AddOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireWorking(0);
    in.requireShape(1, in.shape(0), "a second term");
    return List.of(in.type(0));
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.dy());
    g.accumulate(1, g.dy());
  }
}
