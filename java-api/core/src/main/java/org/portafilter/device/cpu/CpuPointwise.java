package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.List;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.PointwiseOp;

/** Elementwise ops on the CPU: header pointwise.h. */
final class CpuPointwise {
  private static final CpuKernel.Family<Kernels.Pointwise> FAMILY =
      new CpuKernel.Family<>(Kernels::pf_pointwise_query, Kernels::pf_program_pointwise);
  private static final CpuKernel.Aliasing ANY = (output, input) -> true;

  private CpuPointwise() {}

  static void register(KernelTable<CpuDevice> kernels) {
    kernels.ordered(
        PointwiseOp.Add.class,
        CpuLayouts::keepsZeros,
        (d, r) -> CpuKernel.of(d, FAMILY, r, ANY, at -> two(r, at, Kernels.PF_POINTWISE_ADD)));
    kernels.ordered(
        PointwiseOp.Multiply.class,
        CpuLayouts::keepsZeros,
        (d, r) -> CpuKernel.of(d, FAMILY, r, ANY, at -> two(r, at, Kernels.PF_POINTWISE_MULTIPLY)));
    kernels.ordered(
        PointwiseOp.Weigh.class,
        CpuLayouts::keepsZeros,
        (d, r) -> CpuKernel.of(d, FAMILY, r, ANY, at -> two(r, at, Kernels.PF_POINTWISE_WEIGH)));
    kernels.ordered(
        PointwiseOp.Activate.class,
        CpuLayouts::keepsZeros,
        (d, r) -> CpuKernel.of(d, FAMILY, r, ANY, at -> activation(r, at)));
    kernels.ordered(
        PointwiseOp.ActivationGrad.class,
        CpuLayouts::keepsZeros,
        (d, r) -> CpuKernel.of(d, FAMILY, r, ANY, at -> activationGrad(r, at)));
    kernels.ordered(
        PointwiseOp.Clamp.class,
        CpuLayouts::keepsZeros,
        (d, r) -> CpuKernel.of(d, FAMILY, r, ANY, at -> clamp(r, at)));
    kernels.ordered(
        PointwiseOp.ClampGrad.class,
        CpuLayouts::keepsZeros,
        (d, r) -> CpuKernel.of(d, FAMILY, r, ANY, at -> clampGrad(r, at)));
    kernels.ordered(
        PointwiseOp.Apply.class,
        CpuLayouts::keepsZeros,
        (d, r) -> CpuKernel.of(d, FAMILY, r, ANY, at -> function(r, at)));
    kernels.ordered(
        PointwiseOp.FunctionGrad.class,
        CpuLayouts::keepsZeros,
        (d, r) -> CpuKernel.of(d, FAMILY, r, ANY, at -> functionGrad(r, at)));
    kernels.plain(
        PointwiseOp.ClipNorm.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, (output, input) -> input == 0, at -> clip(r, at)));
    kernels.ordered(
        PointwiseOp.RequireFinite.class,
        CpuLayouts::keepsZeros,
        (d, r) -> CpuKernel.of(d, FAMILY, r, ANY, at -> requireFinite(r, at)));
    kernels.plain(
        PointwiseOp.Unscale.class,
        (d, r) -> CpuKernel.of(d, FAMILY, r, (output, input) -> input == 0, at -> unscale(r, at)));
    kernels.plain(
        PointwiseOp.Rescale.class, (d, r) -> CpuKernel.of(d, FAMILY, r, ANY, at -> rescale(r, at)));
  }

  private static List<Kernels.Pointwise> two(KernelRequest r, Addresses at, int kind) {
    Kernels.Pointwise p = descriptor(r, at, kind);
    view(p.b(), r.inputs().get(1), at.input(1));
    return List.of(p);
  }

  private static List<Kernels.Pointwise> activation(KernelRequest r, Addresses at) {
    Kernels.Pointwise p = descriptor(r, at, Kernels.PF_POINTWISE_ACTIVATION);
    p.activation(((PointwiseOp.Activate) r.op()).activation().ordinal());
    return List.of(p);
  }

  private static List<Kernels.Pointwise> activationGrad(KernelRequest r, Addresses at) {
    Kernels.Pointwise p = descriptor(r, at, Kernels.PF_POINTWISE_ACTIVATION_GRAD);
    p.activation(((PointwiseOp.ActivationGrad) r.op()).activation().ordinal());
    view(p.b(), r.inputs().get(1), at.input(1));
    return List.of(p);
  }

  private static List<Kernels.Pointwise> clamp(KernelRequest r, Addresses at) {
    PointwiseOp.Clamp op = (PointwiseOp.Clamp) r.op();
    Kernels.Pointwise p = descriptor(r, at, Kernels.PF_POINTWISE_CLAMP);
    p.alpha(op.low());
    p.beta(op.high());
    return List.of(p);
  }

  private static List<Kernels.Pointwise> clampGrad(KernelRequest r, Addresses at) {
    PointwiseOp.ClampGrad op = (PointwiseOp.ClampGrad) r.op();
    Kernels.Pointwise p = descriptor(r, at, Kernels.PF_POINTWISE_CLAMP_GRAD);
    p.alpha(op.low());
    p.beta(op.high());
    view(p.b(), r.inputs().get(1), at.input(1));
    return List.of(p);
  }

  private static List<Kernels.Pointwise> function(KernelRequest r, Addresses at) {
    PointwiseOp.Apply op = (PointwiseOp.Apply) r.op();
    Kernels.Pointwise p = descriptor(r, at, Kernels.PF_POINTWISE_FUNCTION);
    p.function(op.function().ordinal());
    p.alpha(op.alpha());
    return List.of(p);
  }

  private static List<Kernels.Pointwise> functionGrad(KernelRequest r, Addresses at) {
    PointwiseOp.FunctionGrad op = (PointwiseOp.FunctionGrad) r.op();
    Kernels.Pointwise p = descriptor(r, at, Kernels.PF_POINTWISE_FUNCTION_GRAD);
    p.function(op.function().ordinal());
    p.alpha(op.alpha());
    view(p.b(), r.inputs().get(1), at.input(1));
    return List.of(p);
  }

  private static List<Kernels.Pointwise> requireFinite(KernelRequest r, Addresses at) {
    Kernels.Pointwise p = descriptor(r, at, Kernels.PF_POINTWISE_REQUIRE_FINITE);
    p.alpha(((PointwiseOp.RequireFinite) r.op()).squares() ? 1 : 0);
    return List.of(p);
  }

  private static List<Kernels.Pointwise> clip(KernelRequest r, Addresses at) {
    Kernels.Pointwise p = descriptor(r, at, Kernels.PF_POINTWISE_CLIP_NORM);
    p.alpha(((PointwiseOp.ClipNorm) r.op()).most());
    view(p.b(), r.inputs().get(1), at.input(1));
    return List.of(p);
  }

  private static List<Kernels.Pointwise> unscale(KernelRequest r, Addresses at) {
    Kernels.Pointwise p = descriptor(r, at, Kernels.PF_POINTWISE_UNSCALE);
    view(p.b(), r.inputs().get(1), at.input(1));
    return List.of(p);
  }

  private static List<Kernels.Pointwise> rescale(KernelRequest r, Addresses at) {
    PointwiseOp.Rescale op = (PointwiseOp.Rescale) r.op();
    Kernels.Pointwise p = descriptor(r, at, Kernels.PF_POINTWISE_RESCALE);
    p.alpha(op.scale());
    p.beta(op.shift());
    return List.of(p);
  }

  private static Kernels.Pointwise descriptor(KernelRequest r, Addresses at, int kind) {
    Kernels.Pointwise p = Descriptors.zeroed(new Kernels.Pointwise());
    p.size(p.sizeof());
    p.kind(kind);
    view(p.a(), r.inputs().get(0), at.input(0));
    view(p.out(), r.outputs().get(0), at.output(0));
    p.workspace(at.workspace());
    return p;
  }
}
