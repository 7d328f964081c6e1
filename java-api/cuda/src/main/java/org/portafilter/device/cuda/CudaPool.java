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
        to.params("PoolParams")
            .set("last", last)
            .set("channels", x.shape().dim(1))
            .set("height", x.shape().dim(2))
            .set("width", x.shape().dim(3))
            .set("out_height", y.shape().dim(2))
            .set("out_width", y.shape().dim(3))
            .set("kernel_h", window.kernelHeight())
            .set("kernel_w", window.kernelWidth())
            .set("stride_h", window.strideHeight())
            .set("stride_w", window.strideWidth())
            .set("pad_top", window.padTop())
            .set("pad_left", window.padLeft())
            .set("dilation_h", window.dilationHeight())
            .set("dilation_w", window.dilationWidth())
            .set("count_padding", countPadding)
            .set("count", count)
            .set("x", addresses[0])
            .set("y", addresses[1])
            .set("switches", addresses[2]));
  }
}
