package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * How many rows of logits (N x C) rank their label among the {@code top} largest; ties rank the
 * lower class first, and a row that holds NaN ranks nothing.
 */
public record TopCountOp(int top) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    SoftmaxCrossEntropyOp.check(in);
    in.require(top >= 1, "top of at least 1", "" + top, "");
    return List.of(in.working(Shape.of()));
  }
}
