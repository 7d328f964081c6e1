package org.portafilter.device.cuda;

import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.PoolOp;
import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/** Pooling on the GPU: pool.cuh. */
final class CudaPool {
  private CudaPool() {}

  static void register(KernelTable<Driver> kernels) {
    kernels.ordered(
        PoolOp.Max.class,
        (d, r) -> CudaKernel.of(r, CudaKernel.NEVER, max(r, ((PoolOp.Max) r.op()).window())));
    kernels.ordered(
        PoolOp.MaxGrad.class,
        (d, r) ->
            CudaKernel.of(
                r,
                CudaKernel.NEVER,
                (to, at) ->
                    backward(
                        to,
                        r,
                        "max_pool_grad",
                        ((PoolOp.MaxGrad) r.op()).window(),
                        false,
                        new long[] {at.output(0), at.input(0), at.input(1)})));
    kernels.ordered(
        PoolOp.Average.class,
        (d, r) -> {
          PoolOp.Average op = (PoolOp.Average) r.op();
          return CudaKernel.of(
              r,
              CudaKernel.NEVER,
              (to, at) ->
                  forward(
                      to,
                      r,
                      "average_pool",
                      op.window(),
                      op.countPadding(),
                      new long[] {at.input(0), at.output(0), 0}));
        });
    kernels.ordered(
        PoolOp.AverageGrad.class,
        (d, r) -> {
          PoolOp.AverageGrad op = (PoolOp.AverageGrad) r.op();
          return CudaKernel.of(
              r,
              CudaKernel.NEVER,
              (to, at) ->
                  backward(
                      to,
                      r,
                      "average_pool_grad",
                      op.window(),
                      op.countPadding(),
                      new long[] {at.output(0), at.input(0), 0}));
        });
  }

  private static CudaKernel.Body max(KernelRequest r, Window window) {
    return (to, at) ->
        forward(
            to, r, "max_pool", window, false, new long[] {at.input(0), at.output(0), at.output(1)});
  }

  private static void forward(
      Commands to, KernelRequest r, String kernel, Window window, boolean padding, long[] at) {
    pool(to, r, kernel, r.inputs().get(0), r.outputs().get(0), window, padding, at);
  }

  private static void backward(
      Commands to, KernelRequest r, String kernel, Window window, boolean padding, long[] at) {
    pool(to, r, kernel, r.outputs().get(0), r.inputs().get(0), window, padding, at);
  }

  /** A window slides over x, and y has a place for each of its places. */
  private static void pool(
      Commands to,
      KernelRequest r,
      String kernel,
      ValueType x,
      ValueType y,
      Window window,
      boolean countPadding,
      long[] addresses) {
    long count = r.outputs().get(0).shape().count();
    boolean last = x.layout() == Layout.CHANNELS_LAST || y.layout() == Layout.CHANNELS_LAST;
    to.elements(
        kernel,
        x.dtype(),
        count,
        to.params()
            .add(last)
            .add(x.shape().dim(1), x.shape().dim(2), x.shape().dim(3))
            .add(y.shape().dim(2), y.shape().dim(3))
            .add(window.kernelHeight(), window.kernelWidth())
            .add(window.strideHeight(), window.strideWidth())
            .add(window.padTop(), window.padLeft())
            .add(window.dilationHeight(), window.dilationWidth())
            .add(countPadding)
            .add(count)
            .add(addresses));
  }
}
