package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.Arrays;
import java.util.List;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.ReduceOp;
import org.portafilter.shape.Shape;

/** Sums and norms over dimensions on the CPU: header reduce.h. */
final class CpuReduce {
  private static final CpuKernel.Family<Kernels.Reduce> FAMILY =
      new CpuKernel.Family<>(Kernels::pf_reduce_query, Kernels::pf_program_reduce);

  private static final List<Integer> PIXELS = List.of(2, 3);
  private static final List<Integer> BATCH = List.of(0, 2, 3);

  private CpuReduce() {}

  static void register(KernelTable<CpuDevice> kernels) {
    kernels.ordered(
        ReduceOp.Reduce.class, r -> isOver(r, PIXELS) || isOver(r, BATCH), CpuReduce::reduce);
    kernels.ordered(ReduceOp.Expand.class, r -> isOver(r, PIXELS), CpuReduce::expand);
    kernels.plain(ReduceOp.EuclideanNorm.class, CpuReduce::norm);
  }

  private static boolean isOver(KernelRequest r, List<Integer> axes) {
    return ((ReduceOp.OverAxes) r.op()).axes().equals(axes);
  }

  private static List<Kernel> reduce(CpuDevice device, KernelRequest r) {
    ReduceOp.Reduce op = (ReduceOp.Reduce) r.op();
    Shape whole = r.inputs().get(0).shape();
    return candidates(device, r, Kernels.PF_REDUCE_SUM, op.kind(), op.axes(), whole);
  }

  private static List<Kernel> expand(CpuDevice device, KernelRequest r) {
    ReduceOp.Expand op = (ReduceOp.Expand) r.op();
    Shape whole = r.outputs().get(0).shape();
    return candidates(device, r, Kernels.PF_REDUCE_EXPAND, op.kind(), op.axes(), whole);
  }

  private static List<Kernel> norm(CpuDevice device, KernelRequest r) {
    long[] runs = {1, r.inputs().get(0).shape().count(), 1, 1};
    return CpuKernel.of(
        device,
        FAMILY,
        r,
        CpuKernel.NEVER,
        at -> descriptor(r, at, Kernels.PF_REDUCE_NORM, 1, runs));
  }

  private static List<Kernel> candidates(
      CpuDevice device,
      KernelRequest r,
      int kind,
      ReduceOp.Kind reduction,
      List<Integer> axes,
      Shape whole) {
    long[] runs = runs(whole, axes);
    if (runs.length > 4) {
      return List.of();
    }
    long reduced = runs[1] * runs[3];
    double scale = reduction == ReduceOp.Kind.MEAN ? 1.0 / reduced : 1.0;
    return CpuKernel.of(
        device, FAMILY, r, CpuKernel.NEVER, at -> descriptor(r, at, kind, scale, runs));
  }

  /**
   * The sizes of alternating runs of kept and reduced dimensions, a kept run first; at least four.
   */
  private static long[] runs(Shape shape, List<Integer> axes) {
    long[] runs = new long[Shape.MAX_RANK + 4];
    Arrays.fill(runs, 1);
    int run = 0;
    for (int axis = 0; axis < shape.rank(); axis++) {
      boolean reduce = axes.contains(axis);
      if (reduce != (run % 2 == 1)) {
        run++;
      }
      runs[run] *= shape.dim(axis);
    }
    return Arrays.copyOf(runs, Math.max(4, run + 1));
  }

  private static List<Kernels.Reduce> descriptor(
      KernelRequest r, Addresses at, int kind, double scale, long[] runs) {
    Kernels.Reduce p = Descriptors.zeroed(new Kernels.Reduce());
    p.size(p.sizeof());
    p.kind(kind);
    p.scale(scale);
    p.keep0(runs[0]);
    p.reduce0(runs[1]);
    p.keep1(runs[2]);
    p.reduce1(runs[3]);
    view(p.x(), r.inputs().get(0), at.input(0));
    view(p.y(), r.outputs().get(0), at.output(0));
    p.workspace(at.workspace());
    return List.of(p);
  }
}
