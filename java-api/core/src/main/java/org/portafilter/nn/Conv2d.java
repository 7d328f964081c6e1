package org.portafilter.nn;

import org.portafilter.graph.Activation;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.Value;
import org.portafilter.init.Constant;
import org.portafilter.init.Initializer;
import org.portafilter.init.VarianceScaling;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.Window;

/**
 * Two-dimensional convolution (cross-correlation, as in ONNX and PyTorch): N x C x H x W to N x O x
 * OH x OW with {@code OH = floor((H + top + bottom - dilation (kernel - 1) - 1) / stride + 1)}.
 *
 * <p>Parameters: {@code weights} O x C/groups x kernel height x kernel width, {@code bias} O.
 * Defaults: stride 1, no padding, dilation 1, one group, with bias, Kaiming weights, zero bias.
 *
 * <pre>{@code
 * Layer downsample = Conv2d.of(128, 3).withStride(2).withPadding(1).withBias(false);
 * }</pre>
 */
public record Conv2d(int channels, Window window, int groups, boolean bias, Initializer initializer)
    implements Layer {
  /** Checks that {@code channels} and {@code groups} are at least 1. */
  public Conv2d {
    if (channels < 1 || groups < 1) {
      throw new ShapeException(
          "Conv2d needs at least 1 output channel and 1 group, got " + channels + " and " + groups);
    }
  }

  /**
   * A convolution with a square kernel.
   *
   * @param channels output channels
   */
  public static Conv2d of(int channels, int kernel) {
    return of(channels, Window.of(kernel));
  }

  /** A convolution over any window. */
  public static Conv2d of(int channels, Window window) {
    return new Conv2d(channels, window, 1, true, VarianceScaling.kaiming());
  }

  /** The same with another stride in both directions. */
  public Conv2d withStride(int stride) {
    return withWindow(window.withStride(stride));
  }

  /** The same with this many zeros on every side. */
  public Conv2d withPadding(int padding) {
    return withWindow(window.withPadding(padding));
  }

  /** The same with another dilation in both directions. */
  public Conv2d withDilation(int dilation) {
    return withWindow(window.withDilation(dilation));
  }

  /** The same over another window. */
  public Conv2d withWindow(Window window) {
    return new Conv2d(channels, window, groups, bias, initializer);
  }

  /** The same with input and output channels split into groups that do not see each other. */
  public Conv2d withGroups(int groups) {
    return new Conv2d(channels, window, groups, bias, initializer);
  }

  /** The same with or without bias. */
  public Conv2d withBias(boolean bias) {
    return new Conv2d(channels, window, groups, bias, initializer);
  }

  /** The same with other initial weights. */
  public Conv2d withInitializer(Initializer initializer) {
    return new Conv2d(channels, window, groups, bias, initializer);
  }

  @Override
  public String name() {
    return "conv";
  }

  @Override
  public Value apply(Scope scope, Value x) {
    Shape in = scope.shape(x);
    if (in.rank() != 4 || in.dim(1) % groups != 0) {
      throw new ShapeException(
          "%s (Conv2d): expected an input N x C x H x W with C divisible by groups %s, got %s"
              .formatted(scope.path(), groups, in));
    }
    Shape shape =
        Shape.of(channels, in.dim(1) / groups, window.kernelHeight(), window.kernelWidth());
    Value weights = scope.parameter("weights", shape, initializer);
    ConvOp.Forward op = new ConvOp.Forward(window, groups, bias, Activation.IDENTITY);
    if (!bias) {
      return scope.add(op, x, weights);
    }
    return scope.add(op, x, weights, scope.parameter("bias", Shape.of(channels), Constant.zeros()));
  }
}
