package org.portafilter.device;

import java.util.List;
import org.portafilter.graph.Op;
import org.portafilter.shape.ValueType;

/** The work of one node: its op and the types of its values. */
public record KernelRequest(String path, Op op, List<ValueType> inputs, List<ValueType> outputs) {
  /** Copies the lists. */
  public KernelRequest {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
