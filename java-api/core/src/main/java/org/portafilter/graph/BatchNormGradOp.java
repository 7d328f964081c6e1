package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * The gradients of a {@link BatchNormOp}'s x, gamma and beta, from dy, x, gamma, the batch mean and
 * inverse deviation. With an activation, which fusion sets, dy is that of the activation's value.
 * The sixth input then says where that value is positive: the value itself where a residual was
 * added before, beta where none was, so that it is found again from x.
 */
public record BatchNormGradOp(Activation activation, boolean residual) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(activation == Activation.IDENTITY ? 5 : 6);
    in.requireWorking(0);
    if (activation != Activation.IDENTITY) {
      in.requireShape(
          5,
          in.shape(residual ? 1 : 2),
          residual ? "the activation's value, in x's shape" : "beta, in gamma's shape");
    }
    return List.of(in.type(1), in.type(2), in.type(2));
  }
}
