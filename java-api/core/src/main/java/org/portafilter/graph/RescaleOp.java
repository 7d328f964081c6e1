package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.DType;
import org.portafilter.shape.ValueType;

/** {@code y = scale x + shift}; a {@code UINT8} input becomes the working type. */
public record RescaleOp(double scale, double shift) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(1);
    if (in.type(0).dtype() != DType.UINT8) {
      in.requireWorking(0);
    }
    return List.of(in.working(in.shape(0)));
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.add(new RescaleOp(scale, 0), g.dy()));
  }
}
