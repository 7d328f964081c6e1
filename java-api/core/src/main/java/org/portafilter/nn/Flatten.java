package org.portafilter.nn;

import java.util.List;
import org.portafilter.graph.ReshapeOp;
import org.portafilter.graph.Value;

/** N x anything to N x features; no data moves. */
public record Flatten() implements Layer {
  /** The layer. */
  public static Flatten of() {
    return new Flatten();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new ReshapeOp(List.of(0, -1)), x);
  }
}
