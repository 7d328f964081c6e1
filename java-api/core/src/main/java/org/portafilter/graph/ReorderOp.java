package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;

/**
 * The same values in another order of memory, and rounded where the element type is narrower.
 * Planning adds it; networks never hold it.
 */
public record ReorderOp(Layout layout, DType dtype) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(1);
    return List.of(in.type(0).withLayout(layout).withDtype(dtype));
  }
}
