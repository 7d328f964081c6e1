package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.List;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.ConvOp;

/** Batch norms folded into weights on the CPU: header fold.h. */
final class CpuFold {
  private static final CpuKernel.Family<Kernels.Fold> FAMILY =
      new CpuKernel.Family<>(Kernels::pf_fold_query, Kernels::pf_program_fold);

  private CpuFold() {}

  static void register(KernelTable<CpuDevice> kernels) {
    kernels.plain(
        ConvOp.FoldNorm.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, CpuKernel.NEVER, at -> fold(r, at)));
  }

  private static List<Kernels.Fold> fold(KernelRequest r, Addresses at) {
    ConvOp.FoldNorm op = (ConvOp.FoldNorm) r.op();
    Kernels.Fold p = Descriptors.zeroed(new Kernels.Fold());
    p.size(p.sizeof());
    p.epsilon(op.epsilon());
    view(p.weights(), r.inputs().get(0), at.input(0));
    view(p.gamma(), r.inputs().get(1), at.input(1));
    view(p.beta(), r.inputs().get(2), at.input(2));
    view(p.mean(), r.inputs().get(3), at.input(3));
    view(p.variance(), r.inputs().get(4), at.input(4));
    if (op.bias()) {
      view(p.bias(), r.inputs().get(5), at.input(5));
    }
    view(p.new_weights(), r.outputs().get(0), at.output(0));
    view(p.new_bias(), r.outputs().get(1), at.output(1));
    p.workspace(at.workspace());
    return List.of(p);
  }
}
