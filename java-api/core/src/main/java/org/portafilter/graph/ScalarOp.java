package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** A step scalar as a value. */
public record ScalarOp(StepScalar scalar) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    return List.of(new ValueType(Shape.of(), scalar.dtype(in.working())));
  }
}
