package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * The gradients of a {@link BatchNormOp}'s x, gamma and beta, from dy, x, gamma, the batch mean and
 * inverse deviation. With an activation, which fusion sets, dy is that of the activation's value,
 * the sixth input.
 */
public record BatchNormGradOp(Activation activation) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(activation == Activation.IDENTITY ? 5 : 6);
    in.requireWorking(0);
    return List.of(in.type(1), in.type(2), in.type(2));
  }
}
