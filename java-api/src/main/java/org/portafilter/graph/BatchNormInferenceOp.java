package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/** Batch normalisation with given statistics. Inputs: x, gamma, beta, mean, variance. */
public record BatchNormInferenceOp(double epsilon) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(5);
    BatchNormOp.check(in);
    return List.of(in.type(0));
  }
}
