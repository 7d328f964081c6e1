package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * A value times a weight, elementwise, of equal shapes; where the weight is 0 it is 0, even of an
 * infinite value or NaN. What must not count is so left out, where {@link MultiplyOp} gives NaN.
 */
public record WeighOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireWorking(0);
    in.requireWorking(1);
    in.requireShape(1, in.shape(0), "a weight each");
    return List.of(in.type(0));
  }

  @Override
  public void gradient(Gradient g) {
    if (g.needs(0)) {
      g.accumulate(0, g.add(new WeighOp(), g.dy(), g.input(1)));
    }
    if (g.needs(1)) {
      g.accumulate(1, g.add(new WeighOp(), g.input(0), g.dy()));
    }
  }
}
