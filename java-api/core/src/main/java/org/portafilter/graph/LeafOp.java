package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.ValueType;

/** Where values come from: inputs, state, step scalars and numbers in the graph itself. */
public sealed interface LeafOp extends Op {
  /** A value the user feeds; its path is its name. */
  @OpName("Input")
  record Input() implements LeafOp {
    @Override
    public List<ValueType> infer(Signature in) {
      throw new IllegalStateException("the type of a leaf is given");
    }
  }

  /** A value that outlives a step; its path is its name in the state. */
  @OpName("State")
  record State() implements LeafOp {
    @Override
    public List<ValueType> infer(Signature in) {
      throw new IllegalStateException("the type of a leaf is given");
    }
  }

  /** A step scalar as a value. */
  @OpName("Scalar")
  record Scalar(StepScalar scalar) implements LeafOp {
    @Override
    public List<ValueType> infer(Signature in) {
      return List.of(new ValueType(Shape.of(), scalar.dtype(in.working())));
    }
  }

  /**
   * Numbers that are part of the graph, in the working type: a fixed filter, the weights of
   * classes.
   *
   * @param dims their shape
   * @param values row-major
   */
  @OpName("Constant")
  record Constant(List<Integer> dims, List<Double> values) implements LeafOp {
    /** Copies the lists, and checks that they fit each other. */
    public Constant {
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
    public static Constant row(List<Double> values) {
      return new Constant(List.of(values.size()), values);
    }

    @Override
    public List<ValueType> infer(Signature in) {
      return List.of(in.working(Shape.of(dims.stream().mapToLong(Integer::longValue).toArray())));
    }
  }
}
