package org.portafilter.benchmarks;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.DropoutOp;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.Node;
import org.portafilter.graph.NormOp;
import org.portafilter.graph.Op;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.PoolOp;
import org.portafilter.graph.ProductOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.shape.Window;

/** PyTorch's operator for each op of our networks. */
final class TorchOps {
  /** One operator over tensors, in training or not. */
  private interface Operator<T extends Op> {
    Tensor apply(T op, List<Tensor> in, boolean train);
  }

  private static final Map<Class<? extends Op>, Operator<? extends Op>> TABLE = new HashMap<>();

  static {
    put(PointwiseOp.Activate.class, (op, in, train) -> torch.relu_(in.get(0)));
    // The images are scaled in advance.
    put(PointwiseOp.Rescale.class, (op, in, train) -> in.get(0));
    put(PointwiseOp.Add.class, (op, in, train) -> in.get(0).add(in.get(1)));
    put(MoveOp.Reshape.class, (op, in, train) -> in.get(0).flatten(1, -1));
    put(
        ReduceOp.Reduce.class,
        (op, in, train) -> torch.adaptive_avg_pool2d(in.get(0), new long[] {1, 1}).flatten(1, 3));
    put(
        DropoutOp.class,
        (op, in, train) -> train ? torch.dropout(in.get(0), op.rate(), true) : in.get(0));
    put(ConvOp.Forward.class, (op, in, train) -> convolution(op, in));
    put(NormOp.Training.class, TorchOps::norm);
    put(PoolOp.Max.class, (op, in, train) -> pool(op.window(), in.get(0)));
    put(ProductOp.MatMul.class, (op, in, train) -> product(op, in));
    put(MoveOp.Concat.class, (op, in, train) -> concat(op, in));
  }

  private TorchOps() {}

  private static <T extends Op> void put(Class<T> type, Operator<T> operator) {
    TABLE.put(type, operator);
  }

  /** What PyTorch makes of a node's inputs. */
  @SuppressWarnings("unchecked")
  static Tensor apply(Node node, List<Tensor> in, boolean train) {
    Operator<Op> operator = (Operator<Op>) TABLE.get(node.op().getClass());
    if (operator == null) {
      throw new IllegalArgumentException("no operator for " + node.path());
    }
    return operator.apply(node.op(), in, train);
  }

  private static TensorOptional bias(boolean there, List<Tensor> in) {
    return there ? new TensorOptional(in.get(2)) : new TensorOptional();
  }

  private static Tensor convolution(ConvOp.Forward op, List<Tensor> in) {
    Window w = op.window();
    return torch.conv2d(
        in.get(0),
        in.get(1),
        bias(op.bias(), in),
        new long[] {w.strideHeight(), w.strideWidth()},
        new long[] {w.padTop(), w.padLeft()},
        new long[] {w.dilationHeight(), w.dilationWidth()},
        op.groups());
  }

  private static Tensor norm(NormOp.Training op, List<Tensor> in, boolean train) {
    return torch.batch_norm(
        in.get(0),
        new TensorOptional(in.get(1)),
        new TensorOptional(in.get(2)),
        new TensorOptional(in.get(3)),
        new TensorOptional(in.get(4)),
        train,
        op.momentum(),
        op.epsilon(),
        false);
  }

  private static Tensor pool(Window w, Tensor x) {
    return torch.max_pool2d(
        x,
        new long[] {w.kernelHeight(), w.kernelWidth()},
        new long[] {w.strideHeight(), w.strideWidth()},
        new long[] {w.padTop(), w.padLeft()},
        new long[] {1, 1},
        false);
  }

  private static Tensor product(ProductOp.MatMul op, List<Tensor> in) {
    Tensor weights = op.transposeB() ? in.get(1) : in.get(1).t();
    return torch.linear(in.get(0), weights, bias(op.bias(), in));
  }

  private static Tensor concat(MoveOp.Concat op, List<Tensor> in) {
    TensorVector parts = new TensorVector();
    in.forEach(parts::push_back);
    return torch.cat(parts, op.axis());
  }
}
