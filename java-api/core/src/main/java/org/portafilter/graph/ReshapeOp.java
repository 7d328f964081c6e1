package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * The same elements under another shape: in {@code dims}, 0 keeps a dimension and one -1 takes what
 * is left.
 */
public record ReshapeOp(List<Integer> dims) implements Op {
  /** Copies the list. */
  public ReshapeOp {
    dims = List.copyOf(dims);
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(1);
    Shape from = in.shape(0);
    long[] to = new long[dims.size()];
    long known = 1;
    int open = -1;
    for (int i = 0; i < to.length; i++) {
      int dim = dims.get(i);
      if (dim == -1) {
        in.require(open < 0, "at most one -1", dims.toString(), "");
        open = i;
      } else {
        in.require(
            dim > 0 || (dim == 0 && i < from.rank()),
            "sizes of at least 1, or 0 to keep one",
            dims.toString(),
            "");
        to[i] = dim == 0 ? from.dim(i) : dim;
        known *= to[i];
      }
    }
    if (open >= 0) {
      in.require(from.count() % known == 0, "a count divisible by " + known, from.toString(), "");
      to[open] = from.count() / known;
      known *= to[open];
    }
    in.require(known == from.count(), from.count() + " elements", dims + " of " + known, "");
    return List.of(new ValueType(Shape.of(to), in.type(0).dtype()));
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.add(new ReshapeLikeOp(), g.dy(), g.input(0)));
  }

  @Override
  public boolean isAlias() {
    return true;
  }
}
