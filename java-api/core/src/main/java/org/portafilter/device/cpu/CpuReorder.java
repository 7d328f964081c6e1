package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.List;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.MoveOp;

/** Changes of layout on the CPU: header reorder.h. */
final class CpuReorder {
  private static final CpuKernel.Family<Kernels.Reorder> FAMILY =
      new CpuKernel.Family<>(Kernels::pf_reorder_query, Kernels::pf_program_reorder);

  private CpuReorder() {}

  static void register(KernelTable<CpuDevice> kernels) {
    kernels.ordered(
        MoveOp.Reorder.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, CpuKernel.NEVER, at -> reorder(r, at)));
  }

  private static List<Kernels.Reorder> reorder(KernelRequest r, Addresses at) {
    Kernels.Reorder p = Descriptors.zeroed(new Kernels.Reorder());
    p.size(p.sizeof());
    view(p.from(), r.inputs().get(0), at.input(0));
    view(p.to(), r.outputs().get(0), at.output(0));
    p.workspace(at.workspace());
    return List.of(p);
  }
}
