package org.portafilter.nn;

import java.util.List;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.Value;

/** The same elements under another shape; no data moves. */
public record Reshape(List<Integer> dims) implements Layer {
  /** The new dimensions, the first for the images: 0 keeps one, a single -1 takes what is left. */
  public static Reshape of(Integer... dims) {
    return new Reshape(List.of(dims));
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new MoveOp.Reshape(dims), x);
  }
}
