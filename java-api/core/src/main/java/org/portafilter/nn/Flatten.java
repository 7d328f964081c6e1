package org.portafilter.nn;

import java.util.List;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.Value;

/** N x anything to N x features; no data moves. */
public record Flatten() implements Layer {
  /** The layer. */
  public static Flatten of() {
    return new Flatten();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new MoveOp.Reshape(List.of(0, -1)), x);
  }
}
