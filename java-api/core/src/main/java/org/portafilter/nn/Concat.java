package org.portafilter.nn;

import java.util.List;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.Value;

/** Branches over the same input, joined along the channels (Szegedy et al. 2014). */
public record Concat(List<Layer> branches) implements Layer {
  /** Copies the list. */
  public Concat {
    branches = List.copyOf(branches);
  }

  /** One branch or more. */
  public static Concat of(Layer... branches) {
    return new Concat(List.of(branches));
  }

  @Override
  public Value apply(Scope scope, Value x) {
    Value[] outputs = new Value[branches.size()];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = scope.apply("branch" + (i + 1), branches.get(i), x);
    }
    return scope.add("join", new MoveOp.Concat(1), outputs);
  }
}
