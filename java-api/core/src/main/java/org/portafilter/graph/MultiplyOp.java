package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * {@code a b}, elementwise, of equal shapes. Its gradient swaps: each input receives {@code dy}
 * times the other.
 */
public record MultiplyOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireWorking(0);
    in.requireShape(1, in.shape(0), "a second factor");
    return List.of(in.type(0));
  }

  @Override
  public void gradient(Gradient g) {
    if (g.needs(0)) {
      g.accumulate(0, g.add(new MultiplyOp(), g.dy(), g.input(1)));
    }
    if (g.needs(1)) {
      g.accumulate(1, g.add(new MultiplyOp(), g.dy(), g.input(0)));
    }
  }
}
