package org.portafilter.onnx;

import static org.portafilter.onnx.OnnxAttributes.flag;
import static org.portafilter.onnx.OnnxAttributes.integer;
import static org.portafilter.onnx.OnnxAttributes.integers;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.PoolOp;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;

/** Convolutions and pools as ONNX operators. */
final class OnnxWindows {
  private final OnnxBuilder to;

  OnnxWindows(OnnxBuilder to) {
    this.to = to;
  }

  void convolution(ConvOp.Forward op, String y, List<String> inputs) {
    to.put("Conv", y, inputs, window(op.window(), true, integer("group", op.groups())));
  }

  void transposed(ConvOp.Transposed op, OnnxNode node) {
    AttributeProto group = integer("group", op.groups());
    AttributeProto more = integers("output_padding", op.outputPadding(), op.outputPadding());
    to.put("ConvTranspose", node.y(), node.inputs(), window(op.window(), true, group, more));
  }

  /** Runtimes refuse padding as wide as the kernel, which a dilated window may have. */
  void max(PoolOp.Max op, OnnxNode node) {
    Window window = op.window();
    if (!isWidelyPadded(window)) {
      to.put("MaxPool", node.y(), List.of(node.x()), window(window, true));
      return;
    }
    String y = node.y();
    String pads =
        to.longs(
            y + "/pads",
            0,
            0,
            window.padTop(),
            window.padLeft(),
            0,
            0,
            window.padBottom(),
            window.padRight());
    String nothing = to.scalar(y + "/nothing", Double.NEGATIVE_INFINITY);
    String padded = to.value(y + "/padded", "Pad", List.of(node.x(), pads, nothing));
    to.put("MaxPool", y, List.of(padded), window(window.withPadding(0), true));
  }

  /** Opset 17 has no dilated average pools: those are a sum by a convolution of ones, divided. */
  void average(PoolOp.Average op, OnnxNode node) {
    Window window = op.window();
    boolean dilated = window.dilationHeight() > 1 || window.dilationWidth() > 1;
    if (!dilated && !isWidelyPadded(window)) {
      AttributeProto counted = flag("count_include_pad", op.countPadding());
      to.put("AveragePool", node.y(), List.of(node.x()), window(window, false, counted));
      return;
    }
    String y = node.y();
    long channels = node.shape(0).dim(1);
    int taps = window.kernelHeight() * window.kernelWidth();
    double[] ones = new double[Math.toIntExact(channels * taps)];
    Arrays.fill(ones, 1);
    String weights = to.name(y + "/ones");
    to.numbers(
        weights,
        List.of(channels, 1L, (long) window.kernelHeight(), (long) window.kernelWidth()),
        ones);
    String sums =
        to.value(
            y + "/sums",
            "Conv",
            List.of(node.x(), weights),
            window(window, true, integer("group", channels)));
    String counts = op.countPadding() ? to.scalar(y + "/count", taps) : counts(y, window, node);
    to.put("Div", y, List.of(sums, counts));
  }

  /** How many pixels of the image each window of an average pool covers: 1 x 1 x OH x OW. */
  private String counts(String y, Window window, OnnxNode node) {
    Shape in = node.shape(0);
    Shape out = node.outputTypes().get(0).shape();
    int height = Math.toIntExact(out.dim(2));
    int width = Math.toIntExact(out.dim(3));
    double[] counts = new double[height * width];
    for (int i = 0; i < height; i++) {
      int top = i * window.strideHeight() - window.padTop();
      int rows = inside(top, window.kernelHeight(), window.dilationHeight(), in.dim(2));
      for (int j = 0; j < width; j++) {
        int left = j * window.strideWidth() - window.padLeft();
        counts[i * width + j] =
            rows * inside(left, window.kernelWidth(), window.dilationWidth(), in.dim(3));
      }
    }
    String name = to.name(y + "/counts");
    to.numbers(name, List.of(1L, 1L, (long) height, (long) width), counts);
    return name;
  }

  private static int inside(int from, int taps, int dilation, long size) {
    int count = 0;
    for (int i = 0; i < taps; i++) {
      int at = from + i * dilation;
      count += at >= 0 && at < size ? 1 : 0;
    }
    return count;
  }

  private static boolean isWidelyPadded(Window window) {
    return Math.max(window.padTop(), window.padBottom()) >= window.kernelHeight()
        || Math.max(window.padLeft(), window.padRight()) >= window.kernelWidth();
  }

  private static AttributeProto[] window(
      Window window, boolean dilations, AttributeProto... others) {
    List<AttributeProto> all = new ArrayList<>(List.of(others));
    all.add(integers("kernel_shape", window.kernelHeight(), window.kernelWidth()));
    all.add(integers("strides", window.strideHeight(), window.strideWidth()));
    all.add(
        integers("pads", window.padTop(), window.padLeft(), window.padBottom(), window.padRight()));
    if (dilations) {
      all.add(integers("dilations", window.dilationHeight(), window.dilationWidth()));
    }
    return all.toArray(AttributeProto[]::new);
  }
}
