package org.portafilter.device.cuda;

import java.util.List;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.Activation;
import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;

/** Elementwise ops on the GPU: pointwise.cuh. */
final class CudaPointwise {
  private CudaPointwise() {}

  static void register(KernelTable<Driver> kernels) {
    kernels.ordered(
        PointwiseOp.Add.class, (d, r) -> CudaKernel.of(r, CudaKernel.ANY, formula(r, "add")));
    kernels.ordered(
        PointwiseOp.Multiply.class,
        (d, r) -> CudaKernel.of(r, CudaKernel.ANY, formula(r, "multiply")));
    kernels.ordered(
        PointwiseOp.Weigh.class, (d, r) -> CudaKernel.of(r, CudaKernel.ANY, formula(r, "weigh")));
    kernels.ordered(
        PointwiseOp.RequireFinite.class,
        (d, r) -> CudaKernel.of(r, CudaKernel.ANY, (to, at) -> requireFinite(to, r, at)));
    kernels.plain(
        PointwiseOp.Unscale.class,
        (d, r) -> CudaKernel.of(r, (out, in) -> in == 0, formula(r, "unscale")));
    kernels.ordered(
        PointwiseOp.Rescale.class, (d, r) -> CudaKernel.of(r, CudaKernel.ANY, rescale(r)));
    registerFunctions(kernels);
  }

  private static void registerFunctions(KernelTable<Driver> kernels) {
    kernels.ordered(
        PointwiseOp.Activate.class,
        (d, r) -> {
          Activation activation = ((PointwiseOp.Activate) r.op()).activation();
          return CudaKernel.of(r, CudaKernel.ANY, formula(r, "activate", 0, 0, activation));
        });
    kernels.ordered(
        PointwiseOp.ActivationGrad.class,
        (d, r) -> {
          Activation activation = ((PointwiseOp.ActivationGrad) r.op()).activation();
          return CudaKernel.of(r, CudaKernel.ANY, formula(r, "activate_grad", 0, 0, activation));
        });
    kernels.ordered(
        PointwiseOp.Clamp.class,
        (d, r) -> {
          PointwiseOp.Clamp op = (PointwiseOp.Clamp) r.op();
          return CudaKernel.of(r, CudaKernel.ANY, formula(r, "clamp", op.low(), op.high()));
        });
    kernels.ordered(
        PointwiseOp.ClampGrad.class,
        (d, r) -> {
          PointwiseOp.ClampGrad op = (PointwiseOp.ClampGrad) r.op();
          return CudaKernel.of(r, CudaKernel.ANY, formula(r, "clamp_grad", op.low(), op.high()));
        });
    kernels.ordered(
        PointwiseOp.Apply.class,
        (d, r) -> {
          PointwiseOp.Apply op = (PointwiseOp.Apply) r.op();
          return CudaKernel.of(
              r, CudaKernel.ANY, function(r, "function", op.function(), op.alpha()));
        });
    kernels.ordered(
        PointwiseOp.FunctionGrad.class,
        (d, r) -> {
          PointwiseOp.FunctionGrad op = (PointwiseOp.FunctionGrad) r.op();
          return CudaKernel.of(
              r, CudaKernel.ANY, function(r, "function_grad", op.function(), op.alpha()));
        });
    kernels.ordered(
        PointwiseOp.ClipNorm.class,
        (d, r) -> {
          double most = ((PointwiseOp.ClipNorm) r.op()).most();
          return CudaKernel.of(r, (out, in) -> in == 0, formula(r, "clip_norm", most, 0));
        });
  }

  /** Reads alone where the output is the input's memory. */
  private static void requireFinite(Commands to, KernelRequest r, Addresses at) {
    ValueType type = r.inputs().get(0);
    long count = type.shape().count();
    boolean squares = ((PointwiseOp.RequireFinite) r.op()).squares();
    Params params =
        Params.of("Check")
            .set("count", count)
            .set("squares", squares)
            .set("a", at.input(0))
            .set("out", at.output(0));
    boolean copies = at.input(0) != at.output(0);
    List<CudaTable.Touched> touched =
        List.of(
            new CudaTable.Touched(at.input(0), type.bytes(), false),
            new CudaTable.Touched(at.output(0), type.bytes(), copies));
    to.row("require_finite", true, type.dtype(), count, params, touched);
  }

  private static CudaKernel.Body rescale(KernelRequest r) {
    PointwiseOp.Rescale op = (PointwiseOp.Rescale) r.op();
    boolean bytes = r.inputs().get(0).dtype() == DType.UINT8;
    return bytes ? rescaleBytes(r, op) : formula(r, "rescale", op.scale(), op.shift());
  }

  private static CudaKernel.Body rescaleBytes(KernelRequest r, PointwiseOp.Rescale op) {
    long count = r.outputs().get(0).shape().count();
    return (to, at) ->
        to.elements(
            "rescale_bytes",
            r.outputs().get(0).dtype(),
            count,
            params(to, count, at, op.scale(), op.shift(), 0));
  }

  private static CudaKernel.Body formula(KernelRequest r, String kernel) {
    return formula(r, kernel, 0, 0);
  }

  private static CudaKernel.Body formula(
      KernelRequest r, String kernel, double alpha, double beta) {
    return formula(r, kernel, alpha, beta, Activation.IDENTITY);
  }

  private static CudaKernel.Body formula(
      KernelRequest r, String kernel, double alpha, double beta, Activation activation) {
    return formula(r, kernel, alpha, beta, activation.ordinal());
  }

  private static CudaKernel.Body function(
      KernelRequest r, String kernel, Function function, double alpha) {
    return formula(r, kernel, alpha, 0, function.ordinal());
  }

  private static CudaKernel.Body formula(
      KernelRequest r, String kernel, double alpha, double beta, long choice) {
    long count = r.outputs().get(0).shape().count();
    return (to, at) ->
        to.packs(
            kernel, r.outputs().get(0).dtype(), count, params(to, count, at, alpha, beta, choice));
  }

  private static Params params(
      Commands to, long count, Addresses at, double alpha, double beta, long choice) {
    return to.params("PointwiseParams")
        .set("count", count)
        .set("a", at.input(0))
        .set("b", second(at))
        .set("out", at.output(0))
        .set("alpha", alpha)
        .set("beta", beta)
        .set("choice", choice);
  }

  private static long second(Addresses at) {
    return at.inputs().length > 1 ? at.input(1) : 0;
  }

  /** {@code y = activation(y + bias + residual)} in place; addresses of 0 where there is none. */
  static void finish(
      Commands to, KernelRequest r, long y, long bias, long residual, Activation activation) {
    if (bias == 0 && residual == 0 && activation == Activation.IDENTITY) {
      return;
    }
    var type = r.outputs().get(0);
    long count = type.shape().count();
    long channels = type.shape().dim(1);
    to.packs(
        "finish",
        type.dtype(),
        count,
        to.params("FinishParams")
            .set("count", count)
            .set("channels", channels)
            .set("inner", inner(type))
            .set("y", y)
            .set("bias", bias)
            .set("residual", residual)
            .set("activation", activation.ordinal()));
  }

  /** Elements of a channel that lie side by side. */
  static long inner(ValueType type) {
    boolean plain = type.layout() == Layout.PLAIN;
    return plain ? type.shape().count() / type.shape().dim(0) / type.shape().dim(1) : 1;
  }
}
