package org.portafilter.plan;

import java.util.List;
import org.portafilter.graph.Conv2dDataGradOp;
import org.portafilter.graph.Conv2dOp;
import org.portafilter.graph.Conv2dWeightGradOp;
import org.portafilter.graph.ConvTranspose2dOp;
import org.portafilter.graph.MatMulOp;
import org.portafilter.graph.Op;
import org.portafilter.shape.Shape;
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
  /** Of a node, with its first output's type and the types of those that somebody reads. */
  static Work of(Op op, List<ValueType> inputs, ValueType result, List<ValueType> written) {
    long bytes = written.stream().mapToLong(ValueType::bytes).sum();
    for (int i = 0; i < inputs.size(); i++) {
      bytes += op.readsShapeOnly(i) ? 0 : inputs.get(i).bytes();
    }
    return new Work(operations(op, inputs, result.shape()), bytes);
  }

  private static double operations(Op op, List<ValueType> inputs, Shape result) {
    Shape first = inputs.get(0).shape();
    if (op instanceof Conv2dOp) {
      return convolution(result, inputs.get(1).shape());
    }
    if (op instanceof Conv2dDataGradOp || op instanceof ConvTranspose2dOp) {
      return convolution(first, inputs.get(1).shape());
    }
    if (op instanceof Conv2dWeightGradOp) {
      return convolution(first, result);
    }
    if (op instanceof MatMulOp product) {
      return 2.0 * result.count() * first.dim(product.transposeA() ? 0 : 1);
    }
    return 0;
  }

  private static double convolution(Shape y, Shape w) {
    return 2.0 * y.count() * w.dim(1) * w.dim(2) * w.dim(3);
  }
}
