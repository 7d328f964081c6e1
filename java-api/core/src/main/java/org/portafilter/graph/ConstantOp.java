package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.ValueType;

/**
 * Numbers that are part of the graph, in the working type: a fixed filter, the weights of classes.
 *
 * @param dims their shape
 * @param values row-major
 */
public record ConstantOp(List<Integer> dims, List<Double> values) implements Op {
  /** Copies the lists, and checks that they fit each other. */
  public ConstantOp {
    dims = List.copyOf(dims);
    values = List.copyOf(values);
    long count = 1;
    for (int dim : dims) {
      count = Math.multiplyExact(count, dim);
    }
    if (dims.stream().anyMatch(dim -> dim < 1) || count != values.size()) {
      throw new ShapeException(
          "a constant of shape %s does not hold %s values".formatted(dims, values.size()));
    }
  }

  /** A row of numbers. */
  public static ConstantOp row(List<Double> values) {
    return new ConstantOp(List.of(values.size()), values);
  }

  @Override
  public List<ValueType> infer(Signature in) {
    return List.of(in.working(Shape.of(dims.stream().mapToLong(Integer::longValue).toArray())));
  }
}
