package org.portafilter.device.cuda;

import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;

/** Softmax and its cross-entropy on the GPU: softmax.cuh. */
final class CudaSoftmax {
  /** Where no label is ignored. */
  private static final long NO_LABEL = -1;

  private CudaSoftmax() {}

  static void register(KernelTable<Driver> kernels) {
    kernels.plain(
        SoftmaxOp.Forward.class,
        (d, r) -> CudaKernel.of(r, CudaKernel.NEVER, (to, at) -> softmax(to, "softmax", r, at)));
    kernels.plain(
        SoftmaxOp.Grad.class,
        (d, r) -> CudaKernel.of(r, CudaKernel.NEVER, (to, at) -> grad(to, "softmax_grad", r, at)));
    kernels.plain(
        SoftmaxOp.CrossEntropy.class,
        (d, r) -> CudaKernel.of(r, rowBytes(r), CudaKernel.NEVER, (to, at) -> loss(to, r, at)));
    kernels.plain(
        SoftmaxOp.CrossEntropyGrad.class,
        (d, r) -> CudaKernel.of(r, (out, in) -> in == 1, (to, at) -> lossGrad(to, r, at)));
    kernels.plain(
        SoftmaxOp.Log.class,
        (d, r) ->
            CudaKernel.of(r, CudaKernel.NEVER, (to, at) -> softmax(to, "log_softmax", r, at)));
    kernels.plain(
        SoftmaxOp.LogGrad.class,
        (d, r) ->
            CudaKernel.of(r, CudaKernel.NEVER, (to, at) -> grad(to, "log_softmax_grad", r, at)));
    kernels.plain(
        SoftmaxOp.OneHot.class,
        (d, r) -> CudaKernel.of(r, CudaKernel.NEVER, (to, at) -> oneHot(to, r, at)));
    kernels.plain(
        SoftmaxOp.TopCount.class,
        (d, r) -> CudaKernel.of(r, rowBytes(r), CudaKernel.NEVER, (to, at) -> topCount(to, r, at)));
  }

  /** A double per row. */
  private static long rowBytes(KernelRequest r) {
    return r.inputs().get(0).shape().dim(0) * 8;
  }

  /** What every kernel of this family is told of its rows. */
  private static Params params(Commands to, Shape shape, long x, long out) {
    return to.params("SoftmaxParams")
        .set("rows", shape.dim(0))
        .set("classes", shape.dim(1))
        .set("x", x)
        .set("out", out);
  }

  private static Params withoutTargets(Params params) {
    return params.none("top", "loss", "row_values", "smoothing").set("ignored", NO_LABEL);
  }

  private static void softmax(Commands to, String kernel, KernelRequest r, Addresses at) {
    Shape shape = r.inputs().get(0).shape();
    Params params = params(to, shape, at.input(0), at.output(0)).none("dy", "labels");
    to.blocks(kernel, r.inputs().get(0).dtype(), shape.dim(0), 1, 1, withoutTargets(params));
  }

  private static void grad(Commands to, String kernel, KernelRequest r, Addresses at) {
    Shape shape = r.inputs().get(0).shape();
    Params params = params(to, shape, at.input(1), at.output(0));
    params.set("dy", at.input(0)).none("labels");
    to.blocks(kernel, r.inputs().get(0).dtype(), shape.dim(0), 1, 1, withoutTargets(params));
  }

  private static void oneHot(Commands to, KernelRequest r, Addresses at) {
    SoftmaxOp.OneHot op = (SoftmaxOp.OneHot) r.op();
    Shape shape = r.outputs().get(0).shape();
    DType dtype = r.outputs().get(0).dtype();
    for (String kernel : new String[] {"check_labels", "one_hot"}) {
      Params params =
          params(to, shape, 0, at.output(0))
              .set("labels", at.input(0))
              .set("ignored", op.ignored())
              .set("smoothing", op.smoothing())
              .none("top", "dy", "loss", "row_values");
      long count = kernel.equals("one_hot") ? shape.count() : shape.dim(0);
      to.elements(kernel, dtype, count, params);
    }
  }

  private static void loss(Commands to, KernelRequest r, Addresses at) {
    rows(to, r, "cross_entropy", 0, at, at.output(1));
  }

  private static void topCount(Commands to, KernelRequest r, Addresses at) {
    rows(to, r, "top_rows", ((SoftmaxOp.TopCount) r.op()).top(), at, 0);
  }

  /** Labels are checked, every row gets a value, and the values are summed. */
  private static void rows(
      Commands to, KernelRequest r, String kernel, long top, Addresses at, long out) {
    Shape shape = r.inputs().get(0).shape();
    DType dtype = r.inputs().get(0).dtype();
    long rows = shape.dim(0);
    to.elements("check_labels", dtype, rows, rowParams(to, shape, top, at, out));
    to.blocks(kernel, dtype, rows, 1, 1, rowParams(to, shape, top, at, out));
    to.blocks("row_total", dtype, 1, 1, 1, rowParams(to, shape, top, at, out));
  }

  private static Params rowParams(Commands to, Shape shape, long top, Addresses at, long out) {
    return params(to, shape, at.input(0), out)
        .set("top", top)
        .set("labels", at.input(1))
        .set("loss", at.output(0))
        .set("row_values", at.workspace())
        .set("ignored", NO_LABEL)
        .none("dy", "smoothing");
  }

  private static void lossGrad(Commands to, KernelRequest r, Addresses at) {
    Shape shape = r.outputs().get(0).shape();
    Params params =
        params(to, shape, at.input(1), at.output(0))
            .set("labels", at.input(2))
            .set("loss", at.input(0))
            .set("ignored", NO_LABEL)
            .none("top", "dy", "row_values", "smoothing");
    to.blocks("cross_entropy_grad", r.outputs().get(0).dtype(), shape.dim(0), 1, 1, params);
  }
}
