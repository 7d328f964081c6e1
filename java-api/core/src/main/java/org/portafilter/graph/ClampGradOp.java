package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/** {@code dx = dy} where {@code low < x < high} and 0 elsewhere, from {@code dy} and {@code x}. */
public record ClampGradOp(double low, double high) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireShape(1, in.shape(0), "a value");
    return List.of(in.type(0));
  }
}
