package org.portafilter.device.cuda;

import org.portafilter.device.KernelTable;
import org.portafilter.graph.DropoutOp;

/** Dropout on the GPU: dropout.cuh. */
final class CudaDropout {
  private CudaDropout() {}

  static void register(KernelTable<Driver> kernels) {
    kernels.plain(
        DropoutOp.class,
        (d, r) -> {
          DropoutOp op = (DropoutOp) r.op();
          long count = r.inputs().get(0).shape().count();
          return CudaKernel.of(
              r,
              (out, in) -> in == 0,
              (to, at) ->
                  to.elements(
                      "dropout",
                      r.inputs().get(0).dtype(),
                      Commands.ceil(count, 4),
                      to.params("DropoutParams")
                          .set("count", count)
                          .set("stream", Integer.toUnsignedLong(op.stream()))
                          .set("rate", op.rate())
                          .set("seed", at.input(1))
                          .set("step", at.input(2))
                          .set("x", at.input(0))
                          .set("out", at.output(0))));
        });
  }
}
