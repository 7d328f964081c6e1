package org.portafilter.device.cpu;

import java.util.List;
import org.portafilter.device.KernelRequest;
import org.portafilter.graph.ActivationGradOp;
import org.portafilter.graph.ActivationOp;
import org.portafilter.graph.AddOp;
import org.portafilter.graph.AveragePoolGradOp;
import org.portafilter.graph.AveragePoolOp;
import org.portafilter.graph.BatchNormGradOp;
import org.portafilter.graph.BatchNormInferenceOp;
import org.portafilter.graph.BatchNormOp;
import org.portafilter.graph.ClampOp;
import org.portafilter.graph.ConcatOp;
import org.portafilter.graph.Conv2dDataGradOp;
import org.portafilter.graph.Conv2dOp;
import org.portafilter.graph.Conv2dWeightGradOp;
import org.portafilter.graph.ExpandOp;
import org.portafilter.graph.MaxPoolGradOp;
import org.portafilter.graph.MaxPoolOp;
import org.portafilter.graph.MultiplyOp;
import org.portafilter.graph.Op;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.RequireFiniteOp;
import org.portafilter.graph.SplitOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/**
 * Which layout the CPU wants where: convolutions between multiples of sixteen channels want channel
 * blocks, what follows them keeps the blocks where it can, and everything else is plain.
 */
final class CpuLayouts {
  private static final int BLOCK = 16;
  private static final int MOST_TAPS = 16;

  private CpuLayouts() {}

  /** The request with the layouts its kernel should see. */
  static KernelRequest arrange(KernelRequest r) {
    Op op = r.op();
    if (op instanceof Conv2dOp conv) {
      ValueType x = r.inputs().get(0);
      return convolution(r, conv.window(), conv.groups(), x, r.outputs().get(0));
    }
    if (op instanceof Conv2dDataGradOp grad) {
      ValueType x = r.outputs().get(0);
      return fits(x)
          ? convolution(r, grad.window(), grad.groups(), x, r.inputs().get(0))
          : plain(r);
    }
    if (op instanceof Conv2dWeightGradOp grad) {
      ValueType x = r.inputs().get(1);
      return convolution(r, grad.window(), grad.groups(), x, r.inputs().get(0));
    }
    return keepsBlocks(r) ? blocked(r) : plain(r);
  }

  private static KernelRequest convolution(
      KernelRequest r, Window window, int groups, ValueType x, ValueType y) {
    boolean taps = window.kernelHeight() <= MOST_TAPS && window.kernelWidth() <= MOST_TAPS;
    boolean few = x.shape().dim(1) < BLOCK && x.dtype() == DType.FLOAT32;
    boolean channels = groups == 1 && (fits(x) || few);
    boolean depthwise = groups > 1 && groups == x.shape().dim(1) && groups == y.shape().dim(1);
    return taps && (channels || depthwise && fits(x)) && fits(y) ? blocked(r) : plain(r);
  }

  /** Whether the op works on channel blocks and one of its large values is there already. */
  private static boolean keepsBlocks(KernelRequest r) {
    if (r.inputs().stream().noneMatch(type -> type.layout() == Layout.CHANNEL_BLOCKS)) {
      return false;
    }
    Op op = r.op();
    if (op instanceof ReduceOp reduce) {
      return reduce.axes().equals(List.of(0, 2, 3)) || reduce.axes().equals(List.of(2, 3));
    }
    if (op instanceof ExpandOp expand) {
      return expand.axes().equals(List.of(2, 3));
    }
    if (op instanceof ConcatOp concat) {
      return concat.axis() == 1 && r.inputs().stream().allMatch(CpuLayouts::fits);
    }
    if (op instanceof SplitOp split) {
      return split.axis() == 1 && r.outputs().stream().allMatch(CpuLayouts::fits);
    }
    return op instanceof AddOp
        || op instanceof MultiplyOp
        || op instanceof ActivationOp
        || op instanceof ActivationGradOp
        || op instanceof ClampOp
        || op instanceof RequireFiniteOp
        || op instanceof BatchNormOp
        || op instanceof BatchNormInferenceOp
        || op instanceof BatchNormGradOp
        || op instanceof MaxPoolOp
        || op instanceof MaxPoolGradOp
        || op instanceof AveragePoolOp
        || op instanceof AveragePoolGradOp;
  }

  private static boolean fits(ValueType type) {
    return type.shape().rank() == 4
        && (type.dtype() == DType.FLOAT32 || type.dtype() == DType.INT32)
        && type.shape().dim(1) % BLOCK == 0;
  }

  /** Every image in channel blocks, everything else plain. Weights have rank 4 too. */
  private static KernelRequest blocked(KernelRequest r) {
    boolean gradient = r.op() instanceof Conv2dWeightGradOp;
    return r.withTypes(
        blocked(r.inputs(), weights(r.op())), gradient ? r.outputs() : blocked(r.outputs(), -1));
  }

  private static List<ValueType> blocked(List<ValueType> types, int weights) {
    return java.util.stream.IntStream.range(0, types.size())
        .mapToObj(i -> i != weights && fits(types.get(i)) ? block(types.get(i)) : types.get(i))
        .toList();
  }

  private static ValueType block(ValueType type) {
    return type.withLayout(Layout.CHANNEL_BLOCKS);
  }

  private static KernelRequest plain(KernelRequest r) {
    return r.withTypes(plain(r.inputs()), plain(r.outputs()));
  }

  private static List<ValueType> plain(List<ValueType> types) {
    return types.stream().map(type -> type.withLayout(Layout.PLAIN)).toList();
  }

  private static int weights(Op op) {
    return op instanceof Conv2dOp || op instanceof Conv2dDataGradOp ? 1 : -1;
  }
}
