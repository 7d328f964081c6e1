package org.portafilter.device.cuda;

import java.util.List;
import java.util.stream.IntStream;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.MathMode;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.NormOp;
import org.portafilter.graph.Op;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.PoolOp;
import org.portafilter.graph.ProductOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.UpdateOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * Where the channels are last: in the images and weights of convolutions of the working type, and
 * in what follows them as long as it can be. Where both orders are the same bytes (one channel, or
 * one pixel) a value counts as plain. With {@code MathMode.BFLOAT16} or {@code FLOAT16} the same
 * values are narrowed, and so are the factors of products; but not gradients that were scaled down
 * again, which half precision has no room for.
 */
final class CudaLayouts {
  private CudaLayouts() {}

  /** The request with the layouts its kernel should see. */
  static KernelRequest arrange(KernelRequest r) {
    Op op = r.op();
    if (op instanceof ConvOp.Forward
        || op instanceof ConvOp.DataGrad
        || op instanceof ConvOp.Transposed
        || op instanceof ConvOp.WeightGrad) {
      return last(r);
    }
    if (op instanceof UpdateOp.Step) {
      return r.withTypes(
          IntStream.range(0, r.inputs().size())
              .mapToObj(i -> i == 1 ? r.inputs().get(i) : plain(r.inputs().get(i)))
              .toList(),
          r.outputs());
    }
    if (op instanceof ProductOp.MatMul) {
      return r.withTypes(
          IntStream.range(0, r.inputs().size())
              .mapToObj(i -> i < 2 ? narrowed(r, plain(r.inputs().get(i))) : r.inputs().get(i))
              .toList(),
          r.outputs());
    }
    return keepsLast(r) ? last(r) : plain(r);
  }

  private static ValueType narrowed(KernelRequest r, ValueType type) {
    if (type.dtype() != DType.FLOAT32 || bounds(r) && r.math() == MathMode.FLOAT16) {
      return type;
    }
    return switch (r.math()) {
      case BFLOAT16 -> type.withDtype(DType.BFLOAT16);
      case FLOAT16 -> type.withDtype(DType.FLOAT16);
      default -> type;
    };
  }

  /** Whether the op bounds gradients. */
  private static boolean bounds(KernelRequest r) {
    return r.op() instanceof ReduceOp.EuclideanNorm
        || r.op() instanceof PointwiseOp.ClipNorm
        || r.op() instanceof PointwiseOp.Clamp;
  }

  /** Whether the op works in either layout and one of its values has the channels last now. */
  private static boolean keepsLast(KernelRequest r) {
    if (r.inputs().stream().allMatch(type -> type.equals(type.plain()))) {
      return false;
    }
    Op op = r.op();
    if (op instanceof ReduceOp.Reduce reduce) {
      return isOverPixels(reduce.axes());
    }
    if (op instanceof ReduceOp.Expand expand) {
      return isOverPixels(expand.axes());
    }
    if (op instanceof MoveOp.Concat concat) {
      return concat.axis() == 1 && isWhole(r);
    }
    if (op instanceof MoveOp.Split split) {
      return split.axis() == 1 && isWhole(r);
    }
    return op instanceof PointwiseOp.Add
        || op instanceof PointwiseOp.Multiply
        || op instanceof PointwiseOp.Weigh
        || op instanceof PointwiseOp.Activate
        || op instanceof PointwiseOp.ActivationGrad
        || op instanceof PointwiseOp.Clamp
        || op instanceof PointwiseOp.ClampGrad
        || op instanceof PointwiseOp.Apply
        || op instanceof PointwiseOp.FunctionGrad
        || op instanceof PointwiseOp.ClipNorm
        || op instanceof ReduceOp.EuclideanNorm
        || op instanceof PointwiseOp.Rescale
        || op instanceof PointwiseOp.RequireFinite
        || op instanceof NormOp.Training
        || op instanceof NormOp.Inference
        || op instanceof NormOp.Grad
        || op instanceof PoolOp.Max
        || op instanceof PoolOp.MaxGrad
        || op instanceof PoolOp.Average
        || op instanceof PoolOp.AverageGrad;
  }

  private static boolean isOverPixels(List<Integer> axes) {
    return axes.equals(List.of(0, 2, 3)) || axes.equals(List.of(2, 3));
  }

  /** Whether all values have rank 4, so that pieces of one channel are read as last too. */
  private static boolean isWhole(KernelRequest r) {
    return r.inputs().stream().allMatch(type -> type.shape().rank() == 4);
  }

  private static KernelRequest last(KernelRequest r) {
    return r.withTypes(
        r.inputs().stream().map(type -> last(r, type)).toList(),
        r.outputs().stream().map(type -> last(r, type)).toList());
  }

  /** The type with its channels last, where that makes a difference, and narrowed. */
  private static ValueType last(KernelRequest r, ValueType type) {
    ValueType wide = plain(type);
    Shape shape = type.shape();
    boolean fits =
        shape.rank() == 4 && (wide.dtype() == DType.FLOAT32 || wide.dtype() == DType.INT32);
    return fits ? narrowed(r, differs(shape) ? wide.withLayout(Layout.CHANNELS_LAST) : wide) : wide;
  }

  private static boolean differs(Shape shape) {
    return shape.dim(1) > 1 && shape.dim(2) * shape.dim(3) > 1;
  }

  private static KernelRequest plain(KernelRequest r) {
    return r.withTypes(
        r.inputs().stream().map(CudaLayouts::plain).toList(),
        r.outputs().stream().map(CudaLayouts::plain).toList());
  }

  private static ValueType plain(ValueType type) {
    return type.plain();
  }
}
