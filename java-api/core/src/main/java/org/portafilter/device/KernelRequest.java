package org.portafilter.device;

import java.util.List;
import org.portafilter.graph.Op;
import org.portafilter.shape.ValueType;

/** The work of one node: its op, the types of its values, and which rounding errors it may have. */
public record KernelRequest(
    String path, Op op, List<ValueType> inputs, List<ValueType> outputs, MathMode math) {
  /** Copies the lists. */
  public KernelRequest {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** The same work over values of these types. */
  public KernelRequest withTypes(List<ValueType> inputs, List<ValueType> outputs) {
    return new KernelRequest(path, op, inputs, outputs, math);
  }
}
