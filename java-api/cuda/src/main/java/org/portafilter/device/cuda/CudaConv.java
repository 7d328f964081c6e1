package org.portafilter.device.cuda;

import java.util.List;
import org.portafilter.device.Addresses;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.device.MathMode;
import org.portafilter.graph.ConvOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;

/**
 * Convolution on the GPU: cuDNN, then bias, residual and activation in place. cuDNN pads opposite
 * sides alike; other padding is written out first, or cut off after. Batch norms are folded into
 * its weights by conv.cuh.
 */
final class CudaConv {
  private final Driver driver;
  private final KernelRequest request;
  private final Shape image;
  private final Shape weights;
  private final Shape result;
  private final Window window;
  private final int groups;

  private CudaConv(
      Driver driver,
      KernelRequest request,
      Shape image,
      Shape weights,
      Shape result,
      Window window,
      int groups) {
    this.driver = driver;
    this.request = request;
    this.image = image;
    this.weights = weights;
    this.result = result;
    this.window = window;
    this.groups = groups;
  }

  static void register(KernelTable<Driver> kernels) {
    kernels.ordered(
        ConvOp.Forward.class,
        (d, r) -> {
          ConvOp.Forward op = (ConvOp.Forward) r.op();
          return new CudaConv(d, r, in(r, 0), in(r, 1), out(r), op.window(), op.groups())
              .candidates(Driver.Pass.FORWARD);
        });
    kernels.ordered(
        ConvOp.DataGrad.class,
        (d, r) -> {
          ConvOp.DataGrad op = (ConvOp.DataGrad) r.op();
          return new CudaConv(d, r, out(r), in(r, 1), in(r, 0), op.window(), op.groups())
              .candidates(Driver.Pass.DATA);
        });
    kernels.ordered(
        ConvOp.Transposed.class,
        (d, r) -> {
          ConvOp.Transposed op = (ConvOp.Transposed) r.op();
          return new CudaConv(d, r, out(r), in(r, 1), in(r, 0), op.window(), op.groups())
              .candidates(Driver.Pass.DATA);
        });
    kernels.ordered(
        ConvOp.WeightGrad.class,
        (d, r) -> {
          ConvOp.WeightGrad op = (ConvOp.WeightGrad) r.op();
          return new CudaConv(d, r, in(r, 1), out(r), in(r, 0), op.window(), op.groups())
              .candidates(Driver.Pass.WEIGHTS);
        });
    kernels.plain(
        ConvOp.FoldNorm.class,
        (d, r) -> CudaKernel.of(r, CudaKernel.NEVER, (to, at) -> fold(to, r, at)));
  }

  private static Shape in(KernelRequest r, int index) {
    return r.inputs().get(index).shape();
  }

  private static Shape out(KernelRequest r) {
    return r.outputs().get(0).shape();
  }

  private List<Kernel> candidates(Driver.Pass pass) {
    boolean strict = request.math() == MathMode.STRICT;
    Driver.ConvolutionCall call =
        new Driver.ConvolutionCall(
            pass, dtype(), isLast(), framed(), weights, result, evenWindow(), groups, strict);
    return ConvolutionPass.of(driver, call).stream().map(way -> candidate(pass, way)).toList();
  }

  private Kernel candidate(Driver.Pass pass, ConvolutionPass convolution) {
    boolean strict = request.math() == MathMode.STRICT;
    CudaKernel.Body body =
        switch (pass) {
          case FORWARD -> (to, at) -> forward(to, at, convolution);
          case DATA -> (to, at) -> data(to, at, convolution);
          case WEIGHTS -> (to, at) -> weights(to, at, convolution);
        };
    String numerics = "cudnn %s %s".formatted(convolution.algorithm(), precision(dtype(), strict));
    long workspace =
        convolution.workspaceBytes() + (isEven() ? 0 : framed().count() * dtype().bytes());
    return new CudaKernel(request, numerics, workspace, CudaKernel.NEVER, body);
  }

  /** How factors are rounded. */
  static String precision(DType dtype, boolean strict) {
    return switch (dtype) {
      case FLOAT64 -> "float64";
      case BFLOAT16 -> "bfloat16";
      case FLOAT16 -> "float16";
      default -> strict ? "float32" : "tf32";
    };
  }

  private DType dtype() {
    return request.outputs().get(0).dtype();
  }

  /** Double precision is for tests and stays plain. */
  private boolean isLast() {
    return dtype() != DType.FLOAT64;
  }

  private boolean isEven() {
    return window.padTop() == window.padBottom() && window.padLeft() == window.padRight();
  }

  /** The image as the library sees it: with its padding where sides differ. */
  private Shape framed() {
    if (isEven()) {
      return image;
    }
    long height = image.dim(2) + window.padTop() + window.padBottom();
    long width = image.dim(3) + window.padLeft() + window.padRight();
    return Shape.of(image.dim(0), image.dim(1), height, width);
  }

  private Window evenWindow() {
    return isEven() ? window : window.withPadding(0);
  }

  private void forward(Commands to, Addresses at, ConvolutionPass convolution) {
    ConvOp.Forward op = (ConvOp.Forward) request.op();
    long x = framed(to, at, at.input(0), convolution);
    convolution.emit(to, x, at.input(1), at.output(0), at.workspace());
    long bias = op.bias() ? at.input(2) : 0;
    long residual = op.residual() ? at.input(request.inputs().size() - 1) : 0;
    CudaPointwise.finish(to, request, at.output(0), bias, residual, op.activation());
  }

  private void data(Commands to, Addresses at, ConvolutionPass convolution) {
    long frame = isEven() ? at.output(0) : at.workspace() + convolution.workspaceBytes();
    convolution.emit(to, frame, at.input(1), at.input(0), at.workspace());
    if (!isEven()) {
      frame(
          to,
          framed(),
          image,
          new long[] {-window.padTop(), -window.padLeft()},
          frame,
          at.output(0));
    }
  }

  private void weights(Commands to, Addresses at, ConvolutionPass convolution) {
    long x = framed(to, at, at.input(1), convolution);
    convolution.emit(to, x, at.output(0), at.input(0), at.workspace());
  }

  /**
   * The image, written out with its padding where sides differ, behind the convolution's workspace.
   */
  private long framed(Commands to, Addresses at, long x, ConvolutionPass convolution) {
    if (isEven()) {
      return x;
    }
    long frame = at.workspace() + convolution.workspaceBytes();
    frame(to, image, framed(), new long[] {window.padTop(), window.padLeft()}, x, frame);
    return frame;
  }

  private void frame(
      Commands to, Shape from, Shape target, long[] place, long source, long destination) {
    to.elements(
        "frame",
        dtype(),
        target.count(),
        to.params("FrameParams")
            .set("last", isLast())
            .set("count", target.count())
            .set("channels", target.dim(1))
            .set("height", target.dim(2))
            .set("width", target.dim(3))
            .set("from_height", from.dim(2))
            .set("from_width", from.dim(3))
            .set("top", place[0])
            .set("left", place[1])
            .set("from", source)
            .set("to", destination));
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
