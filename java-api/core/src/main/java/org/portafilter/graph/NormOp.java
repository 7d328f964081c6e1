package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** The Euclidean norm over all elements, of shape 1. The norm of several norms is that of all. */
public record NormOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(1);
    in.requireWorking(0);
    return List.of(in.working(Shape.of(1)));
  }
}
