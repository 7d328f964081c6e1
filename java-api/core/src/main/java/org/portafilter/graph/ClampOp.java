package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;

/** {@code min(max(x, low), high)}, elementwise; NaN stays. */
public record ClampOp(double low, double high) implements Op {
  /** Checks that {@code low} is not above {@code high}. */
  public ClampOp {
    if (!(low <= high)) {
      throw new PortafilterException("a clamp needs low at most high, got " + low + " and " + high);
    }
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(1);
    in.requireWorking(0);
    return List.of(in.type(0));
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.add(new ClampGradOp(low, high), g.dy(), g.input(0)));
  }
}
