package org.portafilter.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.graph.Reach.Link;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** Products of matrices. */
public sealed interface ProductOp extends Op {
  /**
   * {@code op(a) op(b)} of matrices, each transposed where its flag is set, plus a row vector where
   * {@code bias}. The activation is set by fusion only.
   */
  @OpName("MatMul")
  record MatMul(boolean transposeA, boolean transposeB, boolean bias, Activation activation)
      implements ProductOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(bias ? 3 : 2);
      in.requireWorking(0);
      in.requireRank(0, 2, "a matrix");
      in.requireRank(1, 2, "a matrix");
      long rows = in.dim(0, transposeA ? 1 : 0);
      long inner = in.dim(0, transposeA ? 0 : 1);
      long columns = in.dim(1, transposeB ? 0 : 1);
      long other = in.dim(1, transposeB ? 1 : 0);
      in.require(inner == other, "equal inner sizes", in.shape(0) + " and " + in.shape(1), "");
      if (bias) {
        in.requireShape(2, Shape.of(columns), "bias");
      }
      return List.of(in.working(Shape.of(rows, columns)));
    }

    @Override
    public void gradient(Gradient g) {
      if (activation != Activation.IDENTITY) {
        throw g.missing();
      }
      if (g.needs(0)) {
        g.accumulate(
            0,
            transposeA
                ? g.add(plain(transposeB, true), g.input(1), g.dy())
                : g.add(plain(false, !transposeB), g.dy(), g.input(1)));
      }
      if (g.needs(1)) {
        g.accumulate(
            1,
            transposeB
                ? g.add(plain(true, transposeA), g.dy(), g.input(0))
                : g.add(plain(!transposeA, false), g.input(0), g.dy()));
      }
      if (bias && g.needs(2)) {
        g.accumulate(2, g.add(new ReduceOp.Reduce(ReduceOp.Kind.SUM, List.of(0)), g.dy()));
      }
    }

    private static MatMul plain(boolean transposeA, boolean transposeB) {
      return new MatMul(transposeA, transposeB, false, Activation.IDENTITY);
    }

    @Override
    public double operations(List<ValueType> inputs, List<ValueType> outputs) {
      long summed = inputs.get(0).shape().dim(transposeA ? 0 : 1);
      return 2.0 * outputs.get(0).shape().count() * summed;
    }

    @Override
    public @Nullable Op taking(Epilogue epilogue) {
      return epilogue == Epilogue.RELU && activation == Activation.IDENTITY
          ? new MatMul(transposeA, transposeB, bias, Activation.RELU)
          : null;
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      return switch (input) {
        case 0 -> Reach.of(Link.same(transposeA ? 1 : 0), null);
        case 1 -> Reach.of(null, Link.same(transposeB ? 0 : 1));
        default -> Reach.of(null, Link.same(0));
      };
    }
  }
}
