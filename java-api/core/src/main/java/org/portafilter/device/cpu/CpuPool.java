package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.List;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.PoolOp;
import org.portafilter.shape.Window;

/** Pooling on the CPU: header pool.h. */
final class CpuPool {
  private static final CpuKernel.Family<Kernels.Pool> FAMILY =
      new CpuKernel.Family<>(Kernels::pf_pool_query, Kernels::pf_program_pool);

  private CpuPool() {}

  static void register(KernelTable<CpuDevice> kernels) {
    kernels.ordered(
        PoolOp.Max.class, (d, r) -> CpuKernel.of(d, FAMILY, r, CpuKernel.NEVER, at -> max(r, at)));
    kernels.ordered(
        PoolOp.MaxGrad.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, CpuKernel.NEVER, at -> maxGrad(r, at)));
    kernels.ordered(
        PoolOp.Average.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, CpuKernel.NEVER, at -> average(r, at)));
    kernels.ordered(
        PoolOp.AverageGrad.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, CpuKernel.NEVER, at -> averageGrad(r, at)));
  }

  private static List<Kernels.Pool> max(KernelRequest r, Addresses at) {
    Kernels.Pool p =
        descriptor(Kernels.PF_FORWARD, Kernels.PF_POOL_MAX, ((PoolOp.Max) r.op()).window(), at);
    view(p.x(), r.inputs().get(0), at.input(0));
    view(p.y(), r.outputs().get(0), at.output(0));
    view(p.switches(), r.outputs().get(1), at.output(1));
    return List.of(p);
  }

  private static List<Kernels.Pool> maxGrad(KernelRequest r, Addresses at) {
    Kernels.Pool p =
        descriptor(
            Kernels.PF_BACKWARD_DATA, Kernels.PF_POOL_MAX, ((PoolOp.MaxGrad) r.op()).window(), at);
    view(p.dy(), r.inputs().get(0), at.input(0));
    view(p.switches(), r.inputs().get(1), at.input(1));
    view(p.dx(), r.outputs().get(0), at.output(0));
    return List.of(p);
  }

  private static List<Kernels.Pool> average(KernelRequest r, Addresses at) {
    PoolOp.Average op = (PoolOp.Average) r.op();
    Kernels.Pool p = descriptor(Kernels.PF_FORWARD, Kernels.PF_POOL_AVERAGE, op.window(), at);
    p.count_padding(op.countPadding() ? 1 : 0);
    view(p.x(), r.inputs().get(0), at.input(0));
    view(p.y(), r.outputs().get(0), at.output(0));
    return List.of(p);
  }

  private static List<Kernels.Pool> averageGrad(KernelRequest r, Addresses at) {
    PoolOp.AverageGrad op = (PoolOp.AverageGrad) r.op();
    Kernels.Pool p = descriptor(Kernels.PF_BACKWARD_DATA, Kernels.PF_POOL_AVERAGE, op.window(), at);
    p.count_padding(op.countPadding() ? 1 : 0);
    view(p.dy(), r.inputs().get(0), at.input(0));
    view(p.dx(), r.outputs().get(0), at.output(0));
    return List.of(p);
  }

  private static Kernels.Pool descriptor(int pass, int kind, Window window, Addresses at) {
    Kernels.Pool p = Descriptors.zeroed(new Kernels.Pool());
    p.size(p.sizeof());
    p.pass(pass);
    p.kind(kind);
    Descriptors.window(p.window(), window);
    p.workspace(at.workspace());
    return p;
  }
}
