package org.portafilter.device.cuda;

import java.util.stream.IntStream;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.MathMode;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.Op;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ProductOp;
import org.portafilter.graph.ReduceOp;
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
    if (op instanceof ConvOp.Windowed) {
      return last(r);
    }
    if (op instanceof ProductOp.MatMul) {
      return r.withTypes(
          IntStream.range(0, r.inputs().size())
              .mapToObj(i -> i < 2 ? narrowed(r, plain(r.inputs().get(i))) : r.inputs().get(i))
              .toList(),
          r.outputs());
    }
    boolean there = r.inputs().stream().anyMatch(type -> !type.equals(type.plain()));
    if (there && CudaKernels.follow(last(r))) {
      return last(r);
    }
    return CudaKernels.take(r) ? r : plain(r);
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
