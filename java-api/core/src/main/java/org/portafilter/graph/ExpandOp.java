package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * The adjoint of {@link ReduceOp}: repeats the first input along {@code axes} to the shape of the
 * second.
 */
public record ExpandOp(ReduceOp.Kind kind, List<Integer> axes) implements Op {
  /** Copies the list. */
  public ExpandOp {
    axes = List.copyOf(axes);
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireWorking(0);
    Shape kept = ReduceOp.kept(in, in.shape(1), axes);
    in.requireShape(0, kept, "what is left of " + in.shape(1) + " without axes " + axes + ",");
    return List.of(in.working(in.shape(1)));
  }

  @Override
  public boolean readsShapeOnly(int input) {
    return input == 1;
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.add(new ReduceOp(kind, axes), g.dy()));
  }
}
