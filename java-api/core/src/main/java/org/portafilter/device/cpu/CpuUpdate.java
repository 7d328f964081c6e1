package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.List;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.UpdateOp;

/** Optimizer updates on the CPU: header update.h. */
final class CpuUpdate {
  private static final CpuKernel.Family<Kernels.Update> FAMILY =
      new CpuKernel.Family<>(Kernels::pf_update_query, Kernels::pf_program_update);

  private CpuUpdate() {}

  static void register(KernelTable<CpuDevice> kernels) {
    kernels.plain(
        UpdateOp.Step.class,
        (d, r) ->
            CpuKernel.of(
                d, FAMILY, r, ((UpdateOp.Step) r.op())::mayOverwrite, at -> update(r, at)));
    kernels.plain(
        UpdateOp.TrustRatio.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, (out, in) -> in == 0, at -> trust(r, at)));
  }

  private static List<Kernels.Update> update(KernelRequest r, Addresses at) {
    UpdateOp.Step op = (UpdateOp.Step) r.op();
    Kernels.Update p = descriptor(r, at, op.rule().ordinal());
    p.momentum(op.momentum());
    p.beta2(op.beta2());
    p.epsilon(op.epsilon());
    p.weight_decay(op.weightDecay());
    p.decoupled_decay(op.decoupledDecay());
    p.rate_scale(op.rateScale());
    p.momentum_decay(op.momentumDecay());
    p.step(at.input(3));
    List<Kernels.View> before = List.of(p.first(), p.second(), p.third());
    List<Kernels.View> after = List.of(p.new_first(), p.new_second(), p.new_third());
    for (int i = 0; i < op.rule().moments(); i++) {
      int input = UpdateOp.MOMENTS + i;
      view(before.get(i), r.inputs().get(input), at.input(input));
      view(after.get(i), r.outputs().get(1 + i), at.output(1 + i));
    }
    return List.of(p);
  }

  private static List<Kernels.Update> trust(KernelRequest r, Addresses at) {
    Kernels.Update p = descriptor(r, at, Kernels.PF_UPDATE_TRUST);
    p.rate_scale(((UpdateOp.TrustRatio) r.op()).rateScale());
    view(p.first(), r.inputs().get(3), at.input(3));
    view(p.second(), r.inputs().get(4), at.input(4));
    return List.of(p);
  }

  private static Kernels.Update descriptor(KernelRequest r, Addresses at, int kind) {
    Kernels.Update p = Descriptors.zeroed(new Kernels.Update());
    p.size(p.sizeof());
    p.kind(kind);
    view(p.parameter(), r.inputs().get(0), at.input(0));
    view(p.gradient(), r.inputs().get(1), at.input(1));
    p.learning_rate(at.input(2));
    view(p.new_parameter(), r.outputs().get(0), at.output(0));
    p.workspace(at.workspace());
    return p;
  }
}
