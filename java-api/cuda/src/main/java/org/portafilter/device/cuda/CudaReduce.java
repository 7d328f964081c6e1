package org.portafilter.device.cuda;

import java.util.Arrays;
import java.util.List;
import org.portafilter.device.Addresses;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.ReduceOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;

/** Sums and norms over dimensions on the GPU: reduce.cuh. */
final class CudaReduce {
  private static final long SLICE_ELEMENTS = 4096;
  private static final long SLICE_ROWS = 256;
  private static final long MOST_SLICES = 512;
  private static final long MOST_Z = 65535;

  /** Alternating runs of kept and reduced dimensions, as they lie in memory. */
  private record Runs(long keep0, long reduce0, long keep1, long reduce1) {
    long outputs() {
      return keep0 * keep1;
    }

    long terms() {
      return reduce0 * reduce1;
    }

    /** Whether neighbours in memory belong to neighbouring sums. */
    boolean columns() {
      return reduce1 == 1 && keep1 > 1 && keep0 <= MOST_Z;
    }

    long slices() {
      long most = columns() ? reduce0 / SLICE_ROWS : terms() / SLICE_ELEMENTS;
      return Math.max(1, Math.min(MOST_SLICES, most));
    }
  }

  private CudaReduce() {}

  /** Whether a channel is summed or spread over its pixels, or over the batch too. */
  private static boolean isOverPixels(KernelRequest r) {
    List<Integer> axes = ((ReduceOp.OverAxes) r.op()).axes();
    return axes.equals(List.of(0, 2, 3)) || axes.equals(List.of(2, 3));
  }

  static void register(KernelTable<Driver> kernels) {
    kernels.ordered(ReduceOp.Reduce.class, CudaReduce::isOverPixels, (d, r) -> reduce(r));
    kernels.ordered(ReduceOp.Expand.class, CudaReduce::isOverPixels, (d, r) -> expand(r));
    kernels.ordered(ReduceOp.EuclideanNorm.class, (d, r) -> norm(r));
  }

  private static List<Kernel> reduce(KernelRequest r) {
    ReduceOp.Reduce op = (ReduceOp.Reduce) r.op();
    long[] runs = runs(r.inputs().get(0), op.axes());
    return runs.length > 4 ? List.of() : sum(r, runs(runs), scale(op.kind(), runs), false);
  }

  private static List<Kernel> norm(KernelRequest r) {
    return sum(r, new Runs(1, r.inputs().get(0).shape().count(), 1, 1), 1, true);
  }

  private static List<Kernel> expand(KernelRequest r) {
    ReduceOp.Expand op = (ReduceOp.Expand) r.op();
    long[] runs = runs(r.outputs().get(0), op.axes());
    if (runs.length > 4) {
      return List.of();
    }
    DType dtype = r.outputs().get(0).dtype();
    long count = r.outputs().get(0).shape().count();
    return CudaKernel.of(
        r,
        CudaKernel.NEVER,
        (to, at) ->
            to.elements(
                "expand",
                dtype,
                count,
                params(to, at, runs(runs), 1, scale(op.kind(), runs), false)));
  }

  private static List<Kernel> sum(KernelRequest r, Runs runs, double scale, boolean squares) {
    DType dtype = r.inputs().get(0).dtype();
    long slices = runs.slices();
    return CudaKernel.of(
        r,
        slices * runs.outputs() * (squares ? 16 : 8),
        CudaKernel.NEVER,
        (to, at) -> {
          if (runs.columns()) {
            long blocks = Commands.ceil(runs.keep1(), Commands.LANES);
            Params params = params(to, at, runs, slices, scale, squares);
            to.blocks("sum_columns", dtype, blocks, slices, runs.keep0(), params);
          } else {
            Params params = params(to, at, runs, slices, scale, squares);
            to.blocks("sum_rows", dtype, runs.outputs(), slices, 1, params);
          }
          Params params = params(to, at, runs, slices, scale, squares);
          to.elements("sum_merge", dtype, runs.outputs(), params);
        });
  }

  private static Params params(
      Commands to, Addresses at, Runs runs, long slices, double scale, boolean squares) {
    return to.params("ReduceParams")
        .set("keep0", runs.keep0())
        .set("reduce0", runs.reduce0())
        .set("keep1", runs.keep1())
        .set("reduce1", runs.reduce1())
        .set("slices", slices)
        .set("squares", squares)
        .set("scale", scale)
        .set("x", at.input(0))
        .set("out", at.output(0))
        .set("sums", at.workspace());
  }

  private static double scale(ReduceOp.Kind kind, long[] runs) {
    return kind == ReduceOp.Kind.MEAN ? 1.0 / (runs[1] * runs[3]) : 1.0;
  }

  private static Runs runs(long[] runs) {
    return new Runs(runs[0], runs[1], runs[2], runs[3]);
  }

  /** The sizes of alternating runs of kept and reduced dimensions; at least four. */
  private static long[] runs(ValueType type, List<Integer> axes) {
    boolean last = type.layout() == Layout.CHANNELS_LAST;
    int rank = type.shape().rank();
    long[] runs = new long[rank + 4];
    Arrays.fill(runs, 1);
    int run = 0;
    for (int i = 0; i < rank; i++) {
      int axis = !last || i == 0 ? i : i == rank - 1 ? 1 : i + 1;
      if (axes.contains(axis) != (run % 2 == 1)) {
        run++;
      }
      runs[run] *= type.shape().dim(axis);
    }
    return Arrays.copyOf(runs, Math.max(4, run + 1));
  }
}
