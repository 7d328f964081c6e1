package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * {@code w - rate (||w|| / ||d||) d}: a step whose size follows the parameter's (You et al. 2020),
 * {@code w - rate d} where either norm is 0. Inputs: w, d, learning rate, the norms of w and d.
 *
 * @param rateScale what the learning rate is multiplied by
 */
public record TrustRatioOp(double rateScale) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(5);
    in.requireWorking(0);
    in.requireShape(1, in.shape(0), "a direction");
    in.requireShape(3, Shape.of(1), "a norm");
    in.requireShape(4, Shape.of(1), "a norm");
    return List.of(in.type(0));
  }
}
