package org.portafilter.device.cuda;

import java.util.Map;
import org.portafilter.graph.DropoutOp;
import org.portafilter.graph.Op;

/** Dropout on the GPU: random.cuh. */
final class CudaDropout {
  private CudaDropout() {}

  static void register(Map<Class<? extends Op>, CudaKernels.Source> sources) {
    sources.put(
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
                      to.params()
                          .add(count, Integer.toUnsignedLong(op.stream()))
                          .add(op.rate())
                          .add(at.input(1), at.input(2), at.input(0), at.output(0))));
        });
  }
}
