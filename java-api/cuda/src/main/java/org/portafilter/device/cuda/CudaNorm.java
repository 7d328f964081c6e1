package org.portafilter.device.cuda;

import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.Activation;
import org.portafilter.graph.NormOp;
import org.portafilter.shape.ValueType;

/** Batch normalisation on the GPU: norm.cuh. */
final class CudaNorm {
  /** Rows of a slice at least; more slices fill the GPU, fewer are merged faster. */
  private static final long LEAST_ROWS = 256;

  /** The same where a whole block sums one channel. */
  private static final long LEAST_PLAIN_ROWS = 4096;

  private static final long MOST_SLICES = 512;
  private static final int FACTORS = 5;

  private CudaNorm() {}

  static void register(KernelTable<Driver> kernels) {
    // The running statistics are read before they are replaced; elements are read where they are
    // written.
    kernels.ordered(
        NormOp.Training.class,
        (d, r) ->
            CudaKernel.of(
                r,
                Sizes.of(r.inputs().get(0)).workspace(),
                (out, in) -> out == 1 && in == 3 || out == 2 && in == 4 || out == 0 && in == 5,
                (to, at) -> forward(to, r, at)));
    kernels.ordered(
        NormOp.Inference.class,
        (d, r) ->
            CudaKernel.of(
                r,
                Sizes.of(r.inputs().get(0)).workspace(),
                (out, in) -> in == 0 || in == 5,
                (to, at) -> inference(to, r, at)));
    kernels.ordered(
        NormOp.Grad.class,
        (d, r) ->
            CudaKernel.of(
                r,
                Sizes.of(r.inputs().get(0)).workspace(),
                (out, in) -> out == 0 && in < 2,
                (to, at) -> backward(to, r, at)));
  }

  /** How an image is cut into sums. */
  private record Sizes(ValueType type, long rows, long channels, long area, long slices) {
    static Sizes of(ValueType x) {
      long channels = x.shape().dim(1);
      long rows = x.shape().count() / channels;
      long area = CudaPointwise.inner(x);
      long least = area == 1 ? LEAST_ROWS : LEAST_PLAIN_ROWS;
      long slices = Math.max(1, Math.min(MOST_SLICES, rows / least));
      return new Sizes(x, rows, channels, area, slices);
    }

    long sumBytes() {
      return slices * 2 * channels * 8;
    }

    long workspace() {
      return sumBytes() + FACTORS * channels * 8;
    }

    long count() {
      return rows * channels;
    }

    /** Blocks that sum: 32 channels side by side, or one. */
    long columns() {
      return area == 1 ? Commands.ceil(channels, Commands.LANES) : channels;
    }
  }

  /** The addresses of norm.cuh's struct that a pass uses; the others are 0. */
  private static final class Fields {
    long x;
    long gamma;
    long beta;
    long runningMean;
    long runningVariance;
    long y;
    long newMean;
    long newVariance;
    long mean;
    long invStd;
    long residual;
    long output;
    long dx;
    long dgamma;
    long dbeta;
    double epsilon;
    double momentum;
    Activation activation = Activation.IDENTITY;

    Params fill(Params params, Sizes s, long workspace) {
      return params
          .set("rows", s.rows())
          .set("channels", s.channels())
          .set("area", s.area())
          .set("slices", s.slices())
          .set("activation", activation.ordinal())
          .set("mask_from_output", output != 0)
          .set("epsilon", epsilon)
          .set("momentum", momentum)
          .set("x", x)
          .set("gamma", gamma)
          .set("beta", beta)
          .set("running_mean", runningMean)
          .set("running_variance", runningVariance)
          .set("y", y)
          .set("new_mean", newMean)
          .set("new_variance", newVariance)
          .set("mean", mean)
          .set("inv_std", invStd)
          .set("residual", residual)
          .set("output", output)
          .set("dx", dx)
          .set("dgamma", dgamma)
          .set("dbeta", dbeta)
          .set("sums", workspace)
          .set("factors", workspace + s.sumBytes());
    }
  }

  private static void sums(Commands to, String kernel, Sizes s, Fields f, long workspace) {
    Params params = f.fill(to.params("NormParams"), s, workspace);
    to.blocks(kernel, s.type().dtype(), s.columns(), s.slices(), 1, params);
  }

  private static void merge(Commands to, String kernel, Sizes s, Fields f, long workspace) {
    long blocks = Commands.ceil(s.channels(), Commands.LANES);
    to.blocks(
        kernel, s.type().dtype(), blocks, 1, 1, f.fill(to.params("NormParams"), s, workspace));
  }

  private static void channels(Commands to, String kernel, Sizes s, Fields f, long workspace) {
    to.elements(
        kernel, s.type().dtype(), s.channels(), f.fill(to.params("NormParams"), s, workspace));
  }

  private static void apply(Commands to, String kernel, Sizes s, Fields f, long workspace) {
    to.packs(kernel, s.type().dtype(), s.count(), f.fill(to.params("NormParams"), s, workspace));
  }

  private static void forward(Commands to, KernelRequest r, Addresses at) {
    NormOp.Training op = (NormOp.Training) r.op();
    Sizes s = Sizes.of(r.inputs().get(0));
    Fields f = inputs(at, op.epsilon(), op.activation(), op.residual());
    f.momentum = op.momentum();
    f.newMean = at.output(1);
    f.newVariance = at.output(2);
    f.mean = at.output(3);
    f.invStd = at.output(4);
    sums(to, "norm_sums", s, f, at.workspace());
    merge(to, "norm_batch", s, f, at.workspace());
    apply(to, "norm_apply", s, f, at.workspace());
  }

  private static void inference(Commands to, KernelRequest r, Addresses at) {
    NormOp.Inference op = (NormOp.Inference) r.op();
    Sizes s = Sizes.of(r.inputs().get(0));
    Fields f = inputs(at, op.epsilon(), op.activation(), op.residual());
    channels(to, "norm_running", s, f, at.workspace());
    apply(to, "norm_apply", s, f, at.workspace());
  }

  private static Fields inputs(
      Addresses at, double epsilon, Activation activation, boolean residual) {
    Fields f = new Fields();
    f.epsilon = epsilon;
    f.activation = activation;
    f.x = at.input(0);
    f.gamma = at.input(1);
    f.beta = at.input(2);
    f.runningMean = at.input(3);
    f.runningVariance = at.input(4);
    f.residual = residual ? at.input(5) : 0;
    f.y = at.output(0);
    return f;
  }

  private static void backward(Commands to, KernelRequest r, Addresses at) {
    NormOp.Grad op = (NormOp.Grad) r.op();
    Sizes s = Sizes.of(r.inputs().get(1));
    Fields f = new Fields();
    f.activation = op.activation();
    f.y = at.input(0);
    f.x = at.input(1);
    f.gamma = at.input(2);
    f.mean = at.input(3);
    f.invStd = at.input(4);
    f.dx = at.output(0);
    f.dgamma = at.output(1);
    f.dbeta = at.output(2);
    boolean masked = op.activation() != Activation.IDENTITY;
    f.output = masked && op.residual() ? at.input(5) : 0;
    if (masked && !op.residual()) {
      f.beta = at.input(5);
      channels(to, "norm_again", s, f, at.workspace());
    }
    sums(to, "norm_grad_sums", s, f, at.workspace());
    merge(to, "norm_grad_merge", s, f, at.workspace());
    apply(to, "norm_grad_apply", s, f, at.workspace());
  }
}
