package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/** {@code y = activation(x)}, elementwise. */
public record ActivationOp(Activation activation) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(1);
    in.requireWorking(0);
    return List.of(in.type(0));
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.add(new ActivationGradOp(activation), g.dy(), g.output(0)));
  }
}
