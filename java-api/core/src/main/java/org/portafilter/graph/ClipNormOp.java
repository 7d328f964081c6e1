package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** {@code x min(1, most / (norm + 1e-6))}. Inputs: x, and a norm of shape 1. */
public record ClipNormOp(double most) implements Op {
  /** Checks that {@code most} is above 0. */
  public ClipNormOp {
    if (!(most > 0)) {
      throw new PortafilterException("a norm is clipped to something above 0, got " + most);
    }
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireWorking(0);
    in.requireShape(1, Shape.of(1), "a norm");
    return List.of(in.type(0));
  }
}
