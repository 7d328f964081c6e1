package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/** {@code dx = y (dy - sum(dy y))} per row, from {@code dy} and the softmax {@code y}. */
public record SoftmaxGradOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireRank(0, 2, "N x classes");
    in.requireShape(1, in.shape(0), "probabilities");
    return List.of(in.type(0));
  }
}
