package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * Its input, unchanged; a run ends here, with {@code NotFiniteException}, when an element is
 * infinite or NaN. State updates computed before it are committed after it, so that such a run
 * changes no state.
 *
 * @param squares whether the square of every element must be finite too
 */
public record RequireFiniteOp(boolean squares) implements Op {
  /** Elements must be finite, their squares need not. */
  public RequireFiniteOp() {
    this(false);
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(1);
    in.requireWorking(0);
    return List.of(in.type(0));
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.dy());
  }

  @Override
  public boolean mayEndRun() {
    return true;
  }
}
