package org.portafilter.plan;

import java.util.List;
import org.portafilter.graph.Op;
import org.portafilter.shape.ValueType;

/**
 * What a node cannot avoid: the floor of its time is the larger of its operations over a machine's
 * rate and its bytes over its bandwidth.
 *
 * @param operations multiplications and additions of products and convolutions, as a plain sum does
 *     them; 0 for everything else, which memory bounds
 * @param bytes each value read once and each written once
 */
public record Work(double operations, long bytes) {
  /** Of a node, with the types of its values and of those outputs that somebody reads. */
  static Work of(Op op, List<ValueType> inputs, List<ValueType> outputs, List<ValueType> written) {
    long bytes = written.stream().mapToLong(ValueType::bytes).sum();
    for (int i = 0; i < inputs.size(); i++) {
      bytes += op.readsShapeOnly(i) ? 0 : inputs.get(i).bytes();
    }
    return new Work(op.operations(inputs, outputs), bytes);
  }
}
