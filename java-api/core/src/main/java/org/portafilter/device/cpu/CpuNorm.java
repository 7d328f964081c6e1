package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.List;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.Activation;
import org.portafilter.graph.NormOp;

/** Batch normalisation on the CPU: header norm.h. */
final class CpuNorm {
  private static final CpuKernel.Family<Kernels.Norm> FAMILY =
      new CpuKernel.Family<>(Kernels::pf_norm_query, Kernels::pf_program_norm);

  private CpuNorm() {}

  static void register(KernelTable<CpuDevice> kernels) {
    // A channel is read to its end before the first of its elements is written, so y may be x and
    // dx may be dy or x;
    // the running statistics are read before they are replaced.
    kernels.ordered(
        NormOp.Training.class,
        (d, r) ->
            CpuKernel.of(
                d,
                FAMILY,
                r,
                (out, in) -> out == 1 && in == 3 || out == 2 && in == 4 || out == 0 && in == 5,
                at -> forward(r, at)));
    kernels.ordered(
        NormOp.Inference.class,
        (d, r) ->
            CpuKernel.of(d, FAMILY, r, (out, in) -> in == 0 || in == 5, at -> inference(r, at)));
    kernels.ordered(
        NormOp.Grad.class,
        (d, r) ->
            CpuKernel.of(d, FAMILY, r, (out, in) -> out == 0 && in < 2, at -> backward(r, at)));
  }

  private static List<Kernels.Norm> forward(KernelRequest r, Addresses at) {
    NormOp.Training op = (NormOp.Training) r.op();
    Kernels.Norm p = descriptor(Kernels.PF_FORWARD, at);
    p.epsilon(op.epsilon());
    p.momentum(op.momentum());
    activate(p, r, at, op.activation(), op.residual());
    view(p.x(), r.inputs().get(0), at.input(0));
    view(p.gamma(), r.inputs().get(1), at.input(1));
    view(p.beta(), r.inputs().get(2), at.input(2));
    view(p.running_mean(), r.inputs().get(3), at.input(3));
    view(p.running_variance(), r.inputs().get(4), at.input(4));
    view(p.y(), r.outputs().get(0), at.output(0));
    view(p.new_mean(), r.outputs().get(1), at.output(1));
    view(p.new_variance(), r.outputs().get(2), at.output(2));
    view(p.mean(), r.outputs().get(3), at.output(3));
    view(p.inv_std(), r.outputs().get(4), at.output(4));
    return List.of(p);
  }

  private static List<Kernels.Norm> inference(KernelRequest r, Addresses at) {
    Kernels.Norm p = descriptor(Kernels.PF_INFERENCE, at);
    NormOp.Inference op = (NormOp.Inference) r.op();
    p.epsilon(op.epsilon());
    activate(p, r, at, op.activation(), op.residual());
    view(p.x(), r.inputs().get(0), at.input(0));
    view(p.gamma(), r.inputs().get(1), at.input(1));
    view(p.beta(), r.inputs().get(2), at.input(2));
    view(p.running_mean(), r.inputs().get(3), at.input(3));
    view(p.running_variance(), r.inputs().get(4), at.input(4));
    view(p.y(), r.outputs().get(0), at.output(0));
    return List.of(p);
  }

  private static List<Kernels.Norm> backward(KernelRequest r, Addresses at) {
    Kernels.Norm p = descriptor(Kernels.PF_BACKWARD_DATA, at);
    view(p.dy(), r.inputs().get(0), at.input(0));
    view(p.x(), r.inputs().get(1), at.input(1));
    view(p.gamma(), r.inputs().get(2), at.input(2));
    view(p.mean(), r.inputs().get(3), at.input(3));
    view(p.inv_std(), r.inputs().get(4), at.input(4));
    view(p.dx(), r.outputs().get(0), at.output(0));
    view(p.dgamma(), r.outputs().get(1), at.output(1));
    view(p.dbeta(), r.outputs().get(2), at.output(2));
    NormOp.Grad op = (NormOp.Grad) r.op();
    p.activation(op.activation().ordinal());
    if (op.activation() != Activation.IDENTITY) {
      view(op.residual() ? p.y() : p.beta(), r.inputs().get(5), at.input(5));
    }
    return List.of(p);
  }

  private static void activate(
      Kernels.Norm p, KernelRequest r, Addresses at, Activation activation, boolean residual) {
    p.activation(activation.ordinal());
    if (residual) {
      view(p.residual(), r.inputs().get(5), at.input(5));
    }
  }

  private static Kernels.Norm descriptor(int pass, Addresses at) {
    Kernels.Norm p = Descriptors.zeroed(new Kernels.Norm());
    p.size(p.sizeof());
    p.pass(pass);
    p.workspace(at.workspace());
    return p;
  }
}
