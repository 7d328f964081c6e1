package org.portafilter.device.cuda;

import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.ConvOp;
import org.portafilter.shape.Shape;

/** Batch norms folded into weights on the GPU: fold.cuh. */
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
        to.params()
            .add(channels, weights.count() / channels)
            .add(op.epsilon())
            .add(at.input(0), op.bias() ? at.input(5) : 0)
            .add(at.input(1), at.input(2), at.input(3), at.input(4))
            .add(at.output(0), at.output(1)));
  }
}
