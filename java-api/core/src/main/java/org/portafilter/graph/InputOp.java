package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/** A value the user feeds; its path is its name. */
public record InputOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    throw new IllegalStateException("the type of a leaf is given");
  }
}
