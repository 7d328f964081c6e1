package org.portafilter.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;
import org.portafilter.testkit.Case;

/**
 * One operation in PyTorch 2.10, called from Java through its own presets, in its default layout,
 * in channels_last, or with images and weights as oneDNN itself lays them out. Its results go to
 * new memory at each run, as they do for its users.
 */
final class TorchOperation implements Contender {
  /** Computes the results from the inputs. */
  private interface Call {
    List<Tensor> results();
  }

  private final boolean channelsLast;
  private final boolean opaque;
  private final Operation operation;
  private final Call call;

  TorchOperation(Row work, int threads, String name) {
    torch.set_num_threads(threads);
    this.channelsLast = name.equals("pytorch-nhwc");
    this.opaque = name.equals("pytorch-mkldnn");
    this.operation = Operation.of(work);
    this.call = call(work);
  }

  private Call call(Row work) {
    Case sizes = work.sizes();
    return switch (work.kind()) {
      case "conv", "conv-train" -> conv(sizes, work.kind().equals("conv-train"));
      case "gemm" -> {
        Tensor a = tensor("a");
        Tensor b = tensor("b").t();
        yield () -> List.of(torch.matmul(a, b));
      }
      case "norm-relu" -> norm();
      case "max-pool" -> pool(sizes.window());
      case "add" -> {
        Tensor a = tensor("a");
        Tensor b = tensor("b");
        yield () -> List.of(a.add(b));
      }
      case "gelu" -> {
        Tensor x = tensor("x");
        yield () -> List.of(torch.gelu(x));
      }
      case "silu" -> {
        Tensor x = tensor("x");
        yield () -> List.of(torch.silu(x));
      }
      case "softmax" -> {
        Tensor x = tensor("x");
        yield () -> List.of(torch.softmax(x, 1));
      }
      default -> throw new IllegalArgumentException(work.toString());
    };
  }

  private Call conv(Case sizes, boolean train) {
    Tensor x = tensor("x");
    Tensor w = tensor("w");
    Window window = sizes.window();
    long[] stride = {window.strideHeight(), window.strideWidth()};
    long[] padding = {window.padTop(), window.padLeft()};
    long[] dilation = {window.dilationHeight(), window.dilationWidth()};
    long groups = sizes.number("groups", 1);
    TensorOptional noBias = new TensorOptional();
    if (opaque) {
      Tensor weights =
          torch.mkldnn_reorder_conv2d_weight(
              w.to_mkldnn(), padding, stride, dilation, groups, x.sizes().vec().get());
      Tensor image = opaque(x);
      return () ->
          List.of(
              torch.mkldnn_convolution(image, weights, noBias, padding, stride, dilation, groups));
    }
    if (!train) {
      return () -> List.of(torch.conv2d(x, w, noBias, stride, padding, dilation, groups));
    }
    Tensor dy = tensor("dy");
    BoolPointer wanted = new BoolPointer(3);
    wanted.put(0, true).put(1, true).put(2, false);
    LongArrayRefOptional noBiasSize = new LongArrayRefOptional();
    return () -> {
      Tensor y = torch.conv2d(x, w, noBias, stride, padding, dilation, groups);
      T_TensorTensorTensor_T gradients =
          torch.convolution_backward(
              dy,
              x,
              w,
              noBiasSize,
              stride,
              padding,
              dilation,
              false,
              new long[] {0, 0},
              groups,
              wanted);
      return List.of(y, gradients.get0(), gradients.get1());
    };
  }

  /**
   * An image in the layout oneDNN itself prefers: what its own convolution with the identity
   * leaves.
   */
  private static Tensor opaque(Tensor x) {
    long channels = x.size(1);
    if (channels < 16) {
      return x.to_mkldnn();
    }
    Tensor identity = torch.eye(channels).view(channels, channels, 1, 1);
    long[] none = {0, 0};
    long[] one = {1, 1};
    return torch.mkldnn_convolution(
        x.to_mkldnn(), identity.to_mkldnn(), new TensorOptional(), none, one, one, 1);
  }

  private Call norm() {
    Tensor x = tensor("x");
    TensorOptional gamma = new TensorOptional(tensor("gamma"));
    TensorOptional beta = new TensorOptional(tensor("beta"));
    TensorOptional mean = new TensorOptional(tensor("running_mean"));
    TensorOptional variance = new TensorOptional(tensor("running_variance"));
    return () ->
        List.of(torch.batch_norm(x, gamma, beta, mean, variance, true, 0.1, 1e-5, false).relu_());
  }

  private Call pool(Window window) {
    Tensor x = tensor("x");
    long[] kernel = {window.kernelHeight(), window.kernelWidth()};
    long[] stride = {window.strideHeight(), window.strideWidth()};
    long[] padding = {window.padTop(), window.padLeft()};
    return () -> List.of(torch.max_pool2d(x, kernel, stride, padding, new long[] {1, 1}, false));
  }

  private Tensor tensor(String name) {
    ValueType type = operation.leaves().get(name);
    if (type == null) {
      throw new IllegalArgumentException("no leaf " + name);
    }
    Shape shape = type.shape();
    float[] values = Sample.values(name, shape.count());
    long[] dims = new long[shape.rank()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = shape.dim(i);
    }
    Tensor tensor = torch.from_blob(new FloatPointer(values), dims).clone();
    return channelsLast && dims.length == 4
        ? tensor.contiguous(torch.MemoryFormat.ChannelsLast)
        : tensor;
  }

  @Override
  public void run() {
    PointerScope scope = new PointerScope();
    try {
      call.results();
    } finally {
      scope.close();
    }
  }

  @Override
  public double[] check() {
    PointerScope scope = new PointerScope();
    try {
      List<Double> taken = new ArrayList<>();
      for (Tensor result : call.results()) {
        Tensor plain = opaque ? result.to_dense() : result.contiguous();
        FloatPointer values = new FloatPointer(plain.data_ptr());
        for (int position : Sample.positions(plain.numel())) {
          taken.add((double) values.get(position));
        }
      }
      return taken.stream().mapToDouble(Double::doubleValue).toArray();
    } finally {
      scope.close();
    }
  }

  @Override
  public void close() {}
}
