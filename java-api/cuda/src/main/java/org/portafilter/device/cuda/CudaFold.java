package org.portafilter.device.cuda;

import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.ConvOp;
import org.portafilter.shape.Shape;

/** Batch norms folded into weights on the GPU: conv.cuh. */
final class CudaFold {
  private CudaFold() {}

  static void register(KernelTable<Driver> kernels) {
    kernels.plain(
        ConvOp.FoldNorm.class,
        (d, r) -> CudaKernel.of(r, CudaKernel.NEVER, (to, at) -> fold(to, r, at)));
  }

  private static void fold(Commands to, KernelRequest r, Addresses at) {
    ConvOp.FoldNorm op = (ConvOp.FoldNorm) r.op();
    Shape weights = r.inputs().get(0).shape();
    long channels = weights.dim(0);
    to.elements(
        "fold",
        r.inputs().get(0).dtype(),
        weights.count(),
        to.params("FoldParams")
            .set("channels", channels)
            .set("size", weights.count() / channels)
            .set("epsilon", op.epsilon())
            .set("weights", at.input(0))
            .set("bias", op.bias() ? at.input(5) : 0)
            .set("gamma", at.input(1))
            .set("beta", at.input(2))
            .set("mean", at.input(3))
            .set("variance", at.input(4))
            .set("new_weights", at.output(0))
            .set("new_bias", at.output(1)));
  }
}
