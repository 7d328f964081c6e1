package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.List;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.SoftmaxOp;

/** Softmax and its cross-entropy on the CPU: header softmax.h. */
final class CpuSoftmax {
  private static final CpuKernel.Family<Kernels.Softmax> FAMILY =
      new CpuKernel.Family<>(Kernels::pf_softmax_query, Kernels::pf_program_softmax);

  private CpuSoftmax() {}

  static void register(KernelTable<CpuDevice> kernels) {
    kernels.plain(
        SoftmaxOp.Forward.class,
        (d, r) ->
            CpuKernel.of(d, FAMILY, r, CpuKernel.NEVER, at -> softmax(Kernels.PF_SOFTMAX, r, at)));
    kernels.plain(
        SoftmaxOp.Grad.class,
        (d, r) ->
            CpuKernel.of(
                d, FAMILY, r, CpuKernel.NEVER, at -> grad(Kernels.PF_SOFTMAX_GRAD, r, at)));
    kernels.plain(
        SoftmaxOp.CrossEntropy.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, CpuKernel.NEVER, at -> loss(r, at)));
    kernels.plain(
        SoftmaxOp.CrossEntropyGrad.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, (out, in) -> in == 1, at -> lossGrad(r, at)));
    kernels.plain(
        SoftmaxOp.Log.class,
        (d, r) ->
            CpuKernel.of(
                d, FAMILY, r, CpuKernel.NEVER, at -> softmax(Kernels.PF_LOG_SOFTMAX, r, at)));
    kernels.plain(
        SoftmaxOp.LogGrad.class,
        (d, r) ->
            CpuKernel.of(
                d, FAMILY, r, CpuKernel.NEVER, at -> grad(Kernels.PF_LOG_SOFTMAX_GRAD, r, at)));
    kernels.plain(
        SoftmaxOp.OneHot.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, CpuKernel.NEVER, at -> oneHot(r, at)));
    kernels.plain(
        SoftmaxOp.TopCount.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, CpuKernel.NEVER, at -> topCount(r, at)));
  }

  private static List<Kernels.Softmax> softmax(int kind, KernelRequest r, Addresses at) {
    Kernels.Softmax p = descriptor(kind, at);
    view(p.x(), r.inputs().get(0), at.input(0));
    view(p.y(), r.outputs().get(0), at.output(0));
    return List.of(p);
  }

  private static List<Kernels.Softmax> grad(int kind, KernelRequest r, Addresses at) {
    Kernels.Softmax p = descriptor(kind, at);
    view(p.dy(), r.inputs().get(0), at.input(0));
    view(p.y(), r.inputs().get(1), at.input(1));
    view(p.dx(), r.outputs().get(0), at.output(0));
    return List.of(p);
  }

  private static List<Kernels.Softmax> oneHot(KernelRequest r, Addresses at) {
    SoftmaxOp.OneHot op = (SoftmaxOp.OneHot) r.op();
    Kernels.Softmax p = descriptor(Kernels.PF_ONE_HOT, at);
    p.smoothing(op.smoothing());
    p.ignored(op.ignored());
    view(p.labels(), r.inputs().get(0), at.input(0));
    view(p.y(), r.outputs().get(0), at.output(0));
    return List.of(p);
  }

  private static List<Kernels.Softmax> loss(KernelRequest r, Addresses at) {
    Kernels.Softmax p = descriptor(Kernels.PF_SOFTMAX_CROSS_ENTROPY, at);
    view(p.x(), r.inputs().get(0), at.input(0));
    view(p.labels(), r.inputs().get(1), at.input(1));
    view(p.loss(), r.outputs().get(0), at.output(0));
    view(p.y(), r.outputs().get(1), at.output(1));
    return List.of(p);
  }

  private static List<Kernels.Softmax> lossGrad(KernelRequest r, Addresses at) {
    Kernels.Softmax p = descriptor(Kernels.PF_SOFTMAX_CROSS_ENTROPY_GRAD, at);
    view(p.dloss(), r.inputs().get(0), at.input(0));
    view(p.y(), r.inputs().get(1), at.input(1));
    view(p.labels(), r.inputs().get(2), at.input(2));
    view(p.dx(), r.outputs().get(0), at.output(0));
    return List.of(p);
  }

  private static List<Kernels.Softmax> topCount(KernelRequest r, Addresses at) {
    Kernels.Softmax p = descriptor(Kernels.PF_TOP_COUNT, at);
    p.top(((SoftmaxOp.TopCount) r.op()).top());
    view(p.x(), r.inputs().get(0), at.input(0));
    view(p.labels(), r.inputs().get(1), at.input(1));
    view(p.loss(), r.outputs().get(0), at.output(0));
    return List.of(p);
  }

  private static Kernels.Softmax descriptor(int kind, Addresses at) {
    Kernels.Softmax p = Descriptors.zeroed(new Kernels.Softmax());
    p.size(p.sizeof());
    p.kind(kind);
    p.workspace(at.workspace());
    return p;
  }
}
