package org.portafilter.device.cuda;

import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.cudnn.cudnnConvolutionBwdDataAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionBwdFilterAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionFwdAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionStruct;
import org.bytedeco.cuda.cudnn.cudnnFilterStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;

/**
 * A convolution pass of cuDNN through its legacy interface, which is deprecated and complete. Its
 * algorithms come in the order of cuDNN's own ranking, which is a function of shape, GPU and
 * version; nothing is timed for it.
 */
@SuppressWarnings("deprecation")
final class CudnnConvolution implements Driver.Convolution {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final int MOST_ALGORITHMS = 16;

  /** Bytes that an algorithm other than the best may need while it runs. */
  private static final long MOST_WORKSPACE = 1L << 30;

  private final cudnnContext handle;
  private final Driver.ConvolutionCall call;
  private final Descriptors descriptors;
  private final int algorithm;
  private final int mathType;
  private final long workspaceBytes;
  private final Pointer one;
  private final Pointer zero;

  /** One entry of a ranking. */
  private record Ranked(int algorithm, int status, long memory, int determinism, int mathType) {}

  private CudnnConvolution(
      cudnnContext handle, Driver.ConvolutionCall call, Descriptors descriptors, Ranked chosen) {
    this.handle = handle;
    this.call = call;
    this.descriptors = descriptors;
    boolean wide = call.dtype() == DType.FLOAT64;
    this.one = wide ? new DoublePointer(1.0) : new FloatPointer(1f);
    this.zero = wide ? new DoublePointer(0.0) : new FloatPointer(0f);
    this.algorithm = chosen.algorithm();
    this.mathType = chosen.mathType();
    this.workspaceBytes = chosen.memory();
    CLEANER.register(this, descriptors::destroy);
  }

  /** The ways cuDNN has that give the same bits at every run, best first by its own ranking. */
  static List<Driver.Convolution> of(cudnnContext handle, Driver.ConvolutionCall call) {
    Descriptors asked = new Descriptors(call);
    List<Driver.Convolution> ways = new ArrayList<>();
    for (Ranked next : ranking(handle, call, asked)) {
      // Conversion would round to half precision what was asked for in single.
      boolean works =
          next.status() == 0
              && next.determinism() == cudnn.CUDNN_DETERMINISTIC
              && next.mathType() != cudnn.CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION
              && (ways.isEmpty() || next.memory() <= MOST_WORKSPACE);
      if (works && !(call.strict() && isTransformed(call.pass(), next.algorithm()))) {
        Descriptors descriptors = new Descriptors(call);
        if (!call.strict()) {
          descriptors.math(next.mathType());
        }
        ways.add(new CudnnConvolution(handle, call, descriptors, next));
      }
    }
    asked.destroy();
    return ways;
  }

  @Override
  public String algorithm() {
    return call.pass() + " " + algorithm + " math " + mathType;
  }

  @Override
  public long workspaceBytes() {
    return workspaceBytes;
  }

  /** Whether an algorithm is no plain sum of products: Winograd's, or by Fourier transforms. */
  private static boolean isTransformed(Driver.Pass pass, int algorithm) {
    return switch (pass) {
      case FORWARD -> algorithm >= cudnn.CUDNN_CONVOLUTION_FWD_ALGO_FFT;
      case DATA -> algorithm >= cudnn.CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT;
      case WEIGHTS ->
          algorithm == cudnn.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT
              || algorithm >= cudnn.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD;
    };
  }

  /** cuDNN's ranking, the best first. Its entries have the same fields for all three passes. */
  private static List<Ranked> ranking(
      cudnnContext handle, Driver.ConvolutionCall call, Descriptors d) {
    try (cudnnConvolutionFwdAlgoPerf_t perf = new cudnnConvolutionFwdAlgoPerf_t(MOST_ALGORITHMS)) {
      int[] count = new int[1];
      int status =
          switch (call.pass()) {
            case FORWARD ->
                cudnn.cudnnGetConvolutionForwardAlgorithm_v7(
                    handle, d.x, d.w, d.convolution, d.y, MOST_ALGORITHMS, count, perf);
            case DATA ->
                cudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7(
                    handle,
                    d.w,
                    d.y,
                    d.convolution,
                    d.x,
                    MOST_ALGORITHMS,
                    count,
                    new cudnnConvolutionBwdDataAlgoPerf_t(perf));
            case WEIGHTS ->
                cudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
                    handle,
                    d.x,
                    d.y,
                    d.convolution,
                    d.w,
                    MOST_ALGORITHMS,
                    count,
                    new cudnnConvolutionBwdFilterAlgoPerf_t(perf));
          };
      List<Ranked> ranking = new ArrayList<>();
      for (int i = 0; status == 0 && i < count[0]; i++) {
        perf.position(i);
        ranking.add(
            new Ranked(
                perf.algo(), perf.status(), perf.memory(), perf.determinism(), perf.mathType()));
      }
      perf.position(0);
      return ranking;
    }
  }

  @Override
  public void enqueue(long x, long w, long y, long workspace) {
    Descriptors d = descriptors;
    Pointer image = new Address(x);
    Pointer weights = new Address(w);
    Pointer result = new Address(y);
    Pointer scratch = new Address(workspace);
    int status =
        switch (call.pass()) {
          case FORWARD ->
              cudnn.cudnnConvolutionForward(
                  handle,
                  one,
                  d.x,
                  image,
                  d.w,
                  weights,
                  d.convolution,
                  algorithm,
                  scratch,
                  workspaceBytes,
                  zero,
                  d.y,
                  result);
          case DATA ->
              cudnn.cudnnConvolutionBackwardData(
                  handle,
                  one,
                  d.w,
                  weights,
                  d.y,
                  result,
                  d.convolution,
                  algorithm,
                  scratch,
                  workspaceBytes,
                  zero,
                  d.x,
                  image);
          case WEIGHTS ->
              cudnn.cudnnConvolutionBackwardFilter(
                  handle,
                  one,
                  d.x,
                  image,
                  d.y,
                  result,
                  d.convolution,
                  algorithm,
                  scratch,
                  workspaceBytes,
                  zero,
                  d.w,
                  weights);
        };
    if (status != 0) {
      CudaStatus.cudnn(status, "a convolution (" + call + ")");
    }
  }

  /** cuDNN's descriptions of the call. */
  private static final class Descriptors {
    private final cudnnTensorStruct x = new cudnnTensorStruct();
    private final cudnnFilterStruct w = new cudnnFilterStruct();
    private final cudnnTensorStruct y = new cudnnTensorStruct();
    private final cudnnConvolutionStruct convolution = new cudnnConvolutionStruct();

    Descriptors(Driver.ConvolutionCall call) {
      int type =
          switch (call.dtype()) {
            case FLOAT64 -> cudnn.CUDNN_DATA_DOUBLE;
            case BFLOAT16 -> cudnn.CUDNN_DATA_BFLOAT16;
            case FLOAT16 -> cudnn.CUDNN_DATA_HALF;
            default -> cudnn.CUDNN_DATA_FLOAT;
          };
      int format = call.last() ? cudnn.CUDNN_TENSOR_NHWC : cudnn.CUDNN_TENSOR_NCHW;
      tensor(x, format, type, call.x());
      tensor(y, format, type, call.y());
      CudaStatus.cudnn(cudnn.cudnnCreateFilterDescriptor(w), "describing weights");
      CudaStatus.cudnn(
          cudnn.cudnnSetFilter4dDescriptor(
              w,
              type,
              format,
              dim(call.w(), 0),
              dim(call.w(), 1),
              dim(call.w(), 2),
              dim(call.w(), 3)),
          "describing weights of " + call.w());
      boolean wide = call.dtype() == DType.FLOAT64;
      window(call, wide ? cudnn.CUDNN_DATA_DOUBLE : cudnn.CUDNN_DATA_FLOAT);
    }

    private void window(Driver.ConvolutionCall call, int type) {
      Window window = call.window();
      String what = "describing the convolution " + call;
      CudaStatus.cudnn(cudnn.cudnnCreateConvolutionDescriptor(convolution), what);
      CudaStatus.cudnn(
          cudnn.cudnnSetConvolution2dDescriptor(
              convolution,
              window.padTop(),
              window.padLeft(),
              window.strideHeight(),
              window.strideWidth(),
              window.dilationHeight(),
              window.dilationWidth(),
              cudnn.CUDNN_CROSS_CORRELATION,
              type),
          what);
      CudaStatus.cudnn(cudnn.cudnnSetConvolutionGroupCount(convolution, call.groups()), what);
      math(call.strict() ? cudnn.CUDNN_FMA_MATH : cudnn.CUDNN_DEFAULT_MATH);
    }

    void math(int type) {
      CudaStatus.cudnn(
          cudnn.cudnnSetConvolutionMathType(convolution, type), "choosing a convolution's math");
    }

    private static void tensor(cudnnTensorStruct to, int format, int type, Shape shape) {
      CudaStatus.cudnn(cudnn.cudnnCreateTensorDescriptor(to), "describing an image");
      CudaStatus.cudnn(
          cudnn.cudnnSetTensor4dDescriptor(
              to, format, type, dim(shape, 0), dim(shape, 1), dim(shape, 2), dim(shape, 3)),
          "describing an image of " + shape);
    }

    private static int dim(Shape shape, int axis) {
      return Math.toIntExact(shape.dim(axis));
    }

    void destroy() {
      cudnn.cudnnDestroyTensorDescriptor(x);
      cudnn.cudnnDestroyTensorDescriptor(y);
      cudnn.cudnnDestroyFilterDescriptor(w);
      cudnn.cudnnDestroyConvolutionDescriptor(convolution);
    }
  }
}
