package org.portafilter.device.cuda;

import java.util.List;
import java.util.stream.IntStream;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.MathMode;
import org.portafilter.graph.ActivationGradOp;
import org.portafilter.graph.ActivationOp;
import org.portafilter.graph.AddOp;
import org.portafilter.graph.AveragePoolGradOp;
import org.portafilter.graph.AveragePoolOp;
import org.portafilter.graph.BatchNormGradOp;
import org.portafilter.graph.BatchNormInferenceOp;
import org.portafilter.graph.BatchNormOp;
import org.portafilter.graph.ClampGradOp;
import org.portafilter.graph.ClampOp;
import org.portafilter.graph.ClipNormOp;
import org.portafilter.graph.ConcatOp;
import org.portafilter.graph.Conv2dDataGradOp;
import org.portafilter.graph.Conv2dOp;
import org.portafilter.graph.Conv2dWeightGradOp;
import org.portafilter.graph.ConvTranspose2dOp;
import org.portafilter.graph.ExpandOp;
import org.portafilter.graph.FunctionGradOp;
import org.portafilter.graph.FunctionOp;
import org.portafilter.graph.MatMulOp;
import org.portafilter.graph.MaxPoolGradOp;
import org.portafilter.graph.MaxPoolOp;
import org.portafilter.graph.MultiplyOp;
import org.portafilter.graph.NormOp;
import org.portafilter.graph.Op;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.RequireFiniteOp;
import org.portafilter.graph.RescaleOp;
import org.portafilter.graph.SplitOp;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.WeighOp;
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
    if (op instanceof Conv2dOp
        || op instanceof Conv2dDataGradOp
        || op instanceof ConvTranspose2dOp
        || op instanceof Conv2dWeightGradOp) {
      return last(r);
    }
    if (op instanceof UpdateOp) {
      return r.withTypes(
          IntStream.range(0, r.inputs().size())
              .mapToObj(i -> i == 1 ? r.inputs().get(i) : plain(r.inputs().get(i)))
              .toList(),
          r.outputs());
    }
    if (op instanceof MatMulOp) {
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
    return r.op() instanceof NormOp || r.op() instanceof ClipNormOp || r.op() instanceof ClampOp;
  }

  /** Whether the op works in either layout and one of its values has the channels last now. */
  private static boolean keepsLast(KernelRequest r) {
    if (r.inputs().stream().allMatch(type -> type.equals(type.plain()))) {
      return false;
    }
    Op op = r.op();
    if (op instanceof ReduceOp reduce) {
      return isOverPixels(reduce.axes());
    }
    if (op instanceof ExpandOp expand) {
      return isOverPixels(expand.axes());
    }
    if (op instanceof ConcatOp concat) {
      return concat.axis() == 1 && isWhole(r);
    }
    if (op instanceof SplitOp split) {
      return split.axis() == 1 && isWhole(r);
    }
    return op instanceof AddOp
        || op instanceof MultiplyOp
        || op instanceof WeighOp
        || op instanceof ActivationOp
        || op instanceof ActivationGradOp
        || op instanceof ClampOp
        || op instanceof ClampGradOp
        || op instanceof FunctionOp
        || op instanceof FunctionGradOp
        || op instanceof ClipNormOp
        || op instanceof NormOp
        || op instanceof RescaleOp
        || op instanceof RequireFiniteOp
        || op instanceof BatchNormOp
        || op instanceof BatchNormInferenceOp
        || op instanceof BatchNormGradOp
        || op instanceof MaxPoolOp
        || op instanceof MaxPoolGradOp
        || op instanceof AveragePoolOp
        || op instanceof AveragePoolGradOp;
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
