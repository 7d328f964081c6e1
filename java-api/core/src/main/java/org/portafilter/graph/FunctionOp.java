package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/** {@code y = function(x)}, elementwise; functions without a number ignore {@code alpha}. */
public record FunctionOp(Function function, double alpha) implements Op {
  /** A function without a number. */
  public FunctionOp(Function function) {
    this(function, 0);
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(1);
    in.requireWorking(0);
    return List.of(in.type(0));
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.add(new FunctionGradOp(function, alpha), g.dy(), g.input(0)));
  }
}
