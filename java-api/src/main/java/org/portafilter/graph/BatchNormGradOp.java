package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * The gradients of a {@link BatchNormOp}'s x, gamma and beta, from dy, x, gamma, the batch mean and
 * inverse deviation.
 */
public record BatchNormGradOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(5);
    in.requireWorking(0);
    return List.of(in.type(1), in.type(2), in.type(2));
  }
}
