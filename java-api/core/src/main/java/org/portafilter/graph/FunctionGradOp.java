package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * {@code dx = dy function'(x)}, from {@code dy} and {@code x}; 0 where {@code dy} is 0, even where
 * the function is infinitely steep.
 */
public record FunctionGradOp(Function function, double alpha) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireShape(1, in.shape(0), "a value");
    return List.of(in.type(0));
  }
}
