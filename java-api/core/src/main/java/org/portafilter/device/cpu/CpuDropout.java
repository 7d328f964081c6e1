package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.List;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.DropoutOp;

/** Dropout on the CPU: header dropout.h. */
final class CpuDropout {
  private static final CpuKernel.Family<Kernels.Dropout> FAMILY =
      new CpuKernel.Family<>(Kernels::pf_dropout_query, Kernels::pf_program_dropout);

  private CpuDropout() {}

  static void register(KernelTable<CpuDevice> kernels) {
    kernels.plain(
        DropoutOp.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, (out, in) -> in == 0, at -> dropout(r, at)));
  }

  private static List<Kernels.Dropout> dropout(KernelRequest r, Addresses at) {
    DropoutOp op = (DropoutOp) r.op();
    Kernels.Dropout p = Descriptors.zeroed(new Kernels.Dropout());
    p.size(p.sizeof());
    p.rate(op.rate());
    p.stream(op.stream());
    view(p.x(), r.inputs().get(0), at.input(0));
    p.seed(at.input(1));
    p.step(at.input(2));
    view(p.y(), r.outputs().get(0), at.output(0));
    p.workspace(at.workspace());
    return List.of(p);
  }
}
