package org.portafilter.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.ValueType;

/**
 * Inverted dropout (Srivastava et al. 2014): zeroes each element with probability {@code rate} and
 * divides the others by {@code 1 - rate}. The mask is a function of seed, step, {@code stream} and
 * the element's position, so that the same op applied to the gradient is its own gradient. Inputs:
 * x, seed, step.
 */
@OpName("Dropout")
public record DropoutOp(double rate, int stream) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(3);
    in.requireWorking(0);
    in.require(rate >= 0 && rate < 1, "a rate in [0, 1)", "" + rate, "");
    return List.of(in.type(0));
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.add(this, g.dy(), g.input(1), g.input(2)));
  }

  @Override
  public @Nullable Op atInference() {
    return null;
  }

  @Override
  public Reach reach(int output, int input, List<ValueType> inputs) {
    return Reach.same(inputs.get(0).shape().rank());
  }
}
