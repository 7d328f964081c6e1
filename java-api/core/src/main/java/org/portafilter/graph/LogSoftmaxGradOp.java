package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/** {@code dx = dy - exp(y) sum(dy)} over each row, from dy and y, the logarithm of softmax. */
public record LogSoftmaxGradOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireShape(1, in.shape(0), "a value");
    return List.of(in.type(0));
  }
}
