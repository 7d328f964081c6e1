package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/** {@code dx = dy activation'}, from {@code dy} and the activation's value {@code y}. */
public record ActivationGradOp(Activation activation) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireShape(1, in.shape(0), "a value");
    return List.of(in.type(0));
  }
}
