package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/** A value that outlives a step; its path is its name in the state. */
public record StateOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    throw new IllegalStateException("the type of a leaf is given");
  }
}
