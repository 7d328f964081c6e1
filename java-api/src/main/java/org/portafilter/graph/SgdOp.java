package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * Stochastic gradient descent. Inputs: parameter, gradient, learning rate and, where {@code
 * momentum > 0}, velocity; outputs: the new parameter and velocity.
 *
 * <p>With {@code g = gradient + weightDecay parameter}: {@code v' = momentum v + g}, {@code w' = w
 * - rate v'}, or for Nesterov {@code w' = w - rate (g + momentum v')}.
 */
public record SgdOp(double momentum, boolean nesterov, double weightDecay) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(momentum > 0 ? 4 : 3);
    in.requireWorking(0);
    in.requireShape(1, in.shape(0), "a gradient");
    return momentum > 0 ? List.of(in.type(0), in.type(0)) : List.of(in.type(0));
  }
}
