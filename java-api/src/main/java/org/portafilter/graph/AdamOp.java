package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * Adam (Kingma and Ba 2015). Inputs: parameter, gradient, learning rate, step, first and second
 * moment; outputs: the new parameter and moments. {@code weightDecay} is added to the gradient.
 */
public record AdamOp(double beta1, double beta2, double epsilon, double weightDecay) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(6);
    in.requireWorking(0);
    in.requireShape(1, in.shape(0), "a gradient");
    return List.of(in.type(0), in.type(0), in.type(0));
  }
}
