package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.List;
import java.util.Map;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.graph.AdamOp;
import org.portafilter.graph.Op;
import org.portafilter.graph.SgdOp;

/** Optimizer updates on the CPU: header update.h. */
final class CpuUpdate {
  private static final CpuKernel.Family<Kernels.Update> FAMILY =
      new CpuKernel.Family<>(Kernels::pf_update_query, Kernels::pf_program_update);

  private CpuUpdate() {}

  static void register(Map<Class<? extends Op>, CpuKernels.Source> sources) {
    sources.put(
        SgdOp.class,
        (d, r) ->
            CpuKernel.of(
                d,
                FAMILY,
                r,
                (out, in) -> out == 0 && in == 0 || out == 1 && in == 3,
                at -> sgd(r, at)));
    sources.put(
        AdamOp.class,
        (d, r) ->
            CpuKernel.of(
                d,
                FAMILY,
                r,
                (out, in) -> out == 0 && in == 0 || out > 0 && in == out + 3,
                at -> adam(r, at)));
  }

  private static List<Kernels.Update> sgd(KernelRequest r, Addresses at) {
    SgdOp op = (SgdOp) r.op();
    boolean velocity = op.momentum() > 0;
    int moving = op.nesterov() ? Kernels.PF_UPDATE_NESTEROV : Kernels.PF_UPDATE_MOMENTUM;
    Kernels.Update p = descriptor(r, at, velocity ? moving : Kernels.PF_UPDATE_SGD);
    p.momentum(op.momentum());
    p.weight_decay(op.weightDecay());
    if (velocity) {
      view(p.first(), r.inputs().get(3), at.input(3));
      view(p.new_first(), r.outputs().get(1), at.output(1));
    }
    return List.of(p);
  }

  private static List<Kernels.Update> adam(KernelRequest r, Addresses at) {
    AdamOp op = (AdamOp) r.op();
    Kernels.Update p = descriptor(r, at, Kernels.PF_UPDATE_ADAM);
    p.momentum(op.beta1());
    p.beta2(op.beta2());
    p.epsilon(op.epsilon());
    p.weight_decay(op.weightDecay());
    p.step(at.input(3));
    view(p.first(), r.inputs().get(4), at.input(4));
    view(p.second(), r.inputs().get(5), at.input(5));
    view(p.new_first(), r.outputs().get(1), at.output(1));
    view(p.new_second(), r.outputs().get(2), at.output(2));
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
