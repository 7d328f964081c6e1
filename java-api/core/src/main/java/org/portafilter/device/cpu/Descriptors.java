package org.portafilter.device.cpu;

import org.bytedeco.javacpp.Pointer;
import org.portafilter.binding.Kernels;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/** What every family needs to fill a native descriptor. */
final class Descriptors {
  private Descriptors() {}

  /** The descriptor with every byte zero. */
  static <P extends Pointer> P zeroed(P params) {
    Pointer.memset(params, 0, params.sizeof());
    return params;
  }

  /** Fills a packed view in the type's layout. */
  static void view(Kernels.View view, ValueType type, long address) {
    boolean blocked = type.layout() == Layout.CHANNEL_BLOCKS;
    view(view, type.shape(), type.dtype(), address);
    view.order(blocked ? Kernels.PF_CHANNEL_BLOCKS : Kernels.PF_PLAIN);
  }

  /** Fills a packed plain view. */
  static void view(Kernels.View view, Shape shape, DType dtype, long address) {
    view.dtype(code(dtype));
    view.order(Kernels.PF_PLAIN);
    view.rank(shape.rank());
    for (int i = 0; i < shape.rank(); i++) {
      view.dims(i, shape.dim(i));
    }
    view.data(address);
  }

  /** Fills a window. */
  static void window(Kernels.SlidingWindow to, Window window) {
    to.kernel_h(window.kernelHeight()).kernel_w(window.kernelWidth());
    to.stride_h(window.strideHeight()).stride_w(window.strideWidth());
    to.pad_top(window.padTop()).pad_left(window.padLeft());
    to.pad_bottom(window.padBottom()).pad_right(window.padRight());
    to.dilation_h(window.dilationHeight()).dilation_w(window.dilationWidth());
  }

  static int code(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> Kernels.PF_FLOAT32;
      case FLOAT64 -> Kernels.PF_FLOAT64;
      case UINT8 -> Kernels.PF_UINT8;
      case INT32 -> Kernels.PF_INT32;
      case INT64 -> Kernels.PF_INT64;
      case BFLOAT16, FLOAT16 ->
          throw new IllegalStateException("the CPU computes nothing in " + dtype);
    };
  }
}
