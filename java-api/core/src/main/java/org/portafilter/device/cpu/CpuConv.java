package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.List;
import java.util.function.Function;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.device.MathMode;
import org.portafilter.graph.ConvOp;
import org.portafilter.shape.Window;

/** Convolution on the CPU, and batch norms folded into its weights: header conv.h. */
final class CpuConv {
  private static final CpuKernel.Family<Kernels.Conv> FAMILY =
      new CpuKernel.Family<>(Kernels::pf_conv_query, Kernels::pf_program_conv, p -> p.prepare(1));

  private static final CpuKernel.Family<Kernels.Fold> FOLD =
      new CpuKernel.Family<>(Kernels::pf_fold_query, Kernels::pf_program_fold);

  private static final List<Integer> ALGORITHMS =
      List.of(
          Kernels.PF_NUMERICS_ANY,
          Kernels.PF_NUMERICS_WINOGRAD,
          Kernels.PF_NUMERICS_BLOCKED,
          Kernels.PF_NUMERICS_DIRECT,
          Kernels.PF_NUMERICS_TILED_COLUMNS);

  private CpuConv() {}

  static void register(KernelTable<CpuDevice> kernels) {
    kernels.ordered(
        ConvOp.Forward.class,
        (d, r) -> candidates(d, r, (out, in) -> in == residual(r), at -> forward(r, at)));
    kernels.ordered(
        ConvOp.DataGrad.class,
        (d, r) -> candidates(d, r, CpuKernel.NEVER, at -> data(r, (ConvOp.DataGrad) r.op(), at)));
    kernels.ordered(
        ConvOp.Transposed.class,
        (d, r) -> {
          ConvOp.DataGrad op = ((ConvOp.Transposed) r.op()).dataGrad();
          return candidates(d, r, CpuKernel.NEVER, at -> data(r, op, at));
        });
    kernels.ordered(
        ConvOp.WeightGrad.class, (d, r) -> candidates(d, r, CpuKernel.NEVER, at -> weights(r, at)));
    kernels.plain(
        ConvOp.FoldNorm.class,
        (d, r) -> CpuKernel.of(d, FOLD, r, CpuKernel.NEVER, at -> fold(r, at)));
  }

  /** The table's choice, then the other algorithms that can. */
  private static List<Kernel> candidates(
      CpuDevice device,
      KernelRequest r,
      CpuKernel.Aliasing aliasing,
      Function<Addresses, Kernels.Conv> describe) {
    return CpuKernel.each(
        ALGORITHMS,
        algorithm ->
            CpuKernel.of(
                device,
                FAMILY,
                r,
                aliasing,
                at -> List.of(describe.apply(at).algorithm(algorithm))));
  }

  private static Kernels.Conv forward(KernelRequest r, Addresses at) {
    ConvOp.Forward op = (ConvOp.Forward) r.op();
    Kernels.Conv p = descriptor(r, Kernels.PF_FORWARD, op.window(), op.groups(), at);
    view(p.x(), r.inputs().get(0), at.input(0));
    view(p.w(), r.inputs().get(1), at.input(1));
    view(p.y(), r.outputs().get(0), at.output(0));
    p.epilogue().activation(op.activation().ordinal());
    p.epilogue().bias(op.bias() ? at.input(2) : 0);
    p.epilogue().add(op.residual() ? at.input(residual(r)) : 0);
    p.prepared(at.prepared());
    return p;
  }

  /** Which input is added; -1 for none. */
  private static int residual(KernelRequest r) {
    return ((ConvOp.Forward) r.op()).residual() ? r.inputs().size() - 1 : -1;
  }

  private static Kernels.Conv data(KernelRequest r, ConvOp.DataGrad op, Addresses at) {
    Kernels.Conv p = descriptor(r, Kernels.PF_BACKWARD_DATA, op.window(), op.groups(), at);
    view(p.dy(), r.inputs().get(0), at.input(0));
    view(p.w(), r.inputs().get(1), at.input(1));
    view(p.dx(), r.outputs().get(0), at.output(0));
    p.prepared(at.prepared());
    return p;
  }

  private static Kernels.Conv weights(KernelRequest r, Addresses at) {
    ConvOp.WeightGrad op = (ConvOp.WeightGrad) r.op();
    Kernels.Conv p = descriptor(r, Kernels.PF_BACKWARD_WEIGHTS, op.window(), op.groups(), at);
    view(p.dy(), r.inputs().get(0), at.input(0));
    view(p.x(), r.inputs().get(1), at.input(1));
    view(p.dw(), r.outputs().get(0), at.output(0));
    return p;
  }

  private static Kernels.Conv descriptor(
      KernelRequest r, int pass, Window window, int groups, Addresses at) {
    Kernels.Conv p = Descriptors.zeroed(new Kernels.Conv());
    p.size(p.sizeof());
    p.pass(pass);
    Descriptors.window(p.window(), window);
    p.groups(groups);
    p.math(r.math() == MathMode.STRICT ? Kernels.PF_MATH_STRICT : Kernels.PF_MATH_FAST);
    p.workspace(at.workspace());
    return p;
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
