package org.portafilter.device.cuda;

import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.MoveOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** Values in another place on the GPU: move.cuh. */
final class CudaMove {
  private CudaMove() {}

  /** Whether pieces are channels of images; a piece of one channel is read as last too. */
  private static boolean joinsChannels(KernelRequest r) {
    int axis = ((MoveOp.AlongAxis) r.op()).axis();
    return axis == 1 && r.inputs().stream().allMatch(type -> type.shape().rank() == 4);
  }

  static void register(KernelTable<Driver> kernels) {
    kernels.ordered(
        MoveOp.Concat.class,
        CudaMove::joinsChannels,
        (d, r) -> CudaKernel.of(r, CudaKernel.NEVER, (to, at) -> concat(to, r, at)));
    kernels.ordered(
        MoveOp.Split.class,
        CudaMove::joinsChannels,
        (d, r) -> CudaKernel.of(r, CudaKernel.NEVER, (to, at) -> split(to, r, at)));
    kernels.ordered(
        MoveOp.Reorder.class,
        (d, r) -> CudaKernel.of(r, CudaKernel.NEVER, (to, at) -> reorder(to, r, at)));
  }

  private static void concat(Commands to, KernelRequest r, Addresses at) {
    int axis = ((MoveOp.Concat) r.op()).axis();
    ValueType whole = r.outputs().get(0);
    long outer = outer(whole, axis);
    long stride = whole.shape().count() / outer;
    long offset = 0;
    for (int i = 0; i < r.inputs().size(); i++) {
      long row = r.inputs().get(i).shape().count() / outer;
      long target = at.output(0) + offset * whole.dtype().bytes();
      Params params = to.params("MoveParams").set("from_stride", row).set("to_stride", stride);
      move(to, whole.dtype(), outer, row, params.set("from", at.input(i)).set("to", target));
      offset += row;
    }
  }

  private static void split(Commands to, KernelRequest r, Addresses at) {
    int axis = ((MoveOp.Split) r.op()).axis();
    ValueType whole = r.inputs().get(0);
    long outer = outer(whole, axis);
    long stride = whole.shape().count() / outer;
    long offset = 0;
    for (int i = 0; i < r.outputs().size(); i++) {
      long row = r.outputs().get(i).shape().count() / outer;
      long source = at.input(0) + offset * whole.dtype().bytes();
      if (at.output(i) != 0) {
        Params params = to.params("MoveParams").set("from_stride", stride).set("to_stride", row);
        move(to, whole.dtype(), outer, row, params.set("from", source).set("to", at.output(i)));
      }
      offset += row;
    }
  }

  private static void move(Commands to, DType dtype, long outer, long row, Params params) {
    to.elements("move", dtype, outer * row, params.set("outer", outer).set("row", row));
  }

  /** Rows of a tensor cut along this axis, as it lies in memory: channels may be last. */
  private static long outer(ValueType type, int axis) {
    Shape shape = type.shape();
    if (type.layout() == Layout.CHANNELS_LAST) {
      return shape.count() / shape.dim(1);
    }
    long outer = 1;
    for (int i = 0; i < axis; i++) {
      outer *= shape.dim(i);
    }
    return outer;
  }

  /** Another order, another precision, or both. */
  private static void reorder(Commands to, KernelRequest r, Addresses at) {
    ValueType from = r.inputs().get(0);
    ValueType into = r.outputs().get(0);
    boolean narrows = into.dtype().isNarrow() && !from.dtype().isNarrow();
    boolean widens = from.dtype().isNarrow() && !into.dtype().isNarrow();
    String change = narrows ? "_narrow" : widens ? "_widen" : "";
    DType dtype = widens ? from.dtype() : into.dtype();
    if (from.layout() == into.layout()) {
      long count = into.shape().count();
      Params params =
          to.params("ConvertParams")
              .set("count", count)
              .set("from", at.input(0))
              .set("to", at.output(0));
      to.elements("convert" + change, dtype, count, params);
    } else {
      boolean plain = into.layout() == Layout.PLAIN;
      transpose(to, "transpose" + change, dtype, into.shape(), plain, at.input(0), at.output(0));
    }
  }

  /** Channels last to first ({@code plain}), or back. */
  static void turn(
      Commands to, DType dtype, Shape shape, boolean plain, long source, long destination) {
    transpose(to, "transpose", dtype, shape, plain, source, destination);
  }

  private static void transpose(
      Commands to,
      String kernel,
      DType dtype,
      Shape shape,
      boolean plain,
      long source,
      long destination) {
    long area = shape.dim(2) * shape.dim(3);
    long rows = plain ? area : shape.dim(1);
    long columns = plain ? shape.dim(1) : area;
    to.blocks(
        kernel,
        dtype,
        Commands.ceil(columns, Commands.LANES),
        Commands.ceil(rows, Commands.LANES),
        shape.dim(0),
        to.params("TransposeParams")
            .set("rows", rows)
            .set("columns", columns)
            .set("from", source)
            .set("to", destination));
  }
}
