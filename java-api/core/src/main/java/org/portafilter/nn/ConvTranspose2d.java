package org.portafilter.nn;

import java.util.List;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.Value;
import org.portafilter.init.Constant;
import org.portafilter.init.Initializer;
import org.portafilter.init.VarianceScaling;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.Window;

/**
 * Transposed convolution (Zeiler et al. 2010, as in ONNX and PyTorch): N x C x H x W to N x O x OH
 * x OW with {@code OH = (H - 1) stride - top - bottom + dilation (kernel - 1) + outputPadding + 1}:
 * the shapes of a convolution the other way round. It makes images larger, in decoders and
 * generators.
 *
 * <p>Parameters: {@code weights} C x O/groups x kernel height x kernel width, {@code bias} O.
 * Defaults: stride 1, no padding, no output padding, dilation 1, one group, with bias, Kaiming
 * weights, zero bias.
 *
 * <pre>{@code
 * Layer twiceAsLarge = ConvTranspose2d.of(64, 4).withStride(2).withPadding(1);
 * }</pre>
 */
public record ConvTranspose2d(
    int channels,
    Window window,
    int outputPadding,
    int groups,
    boolean bias,
    Initializer initializer)
    implements Layer {
  /** Checks that {@code channels} and {@code groups} are at least 1 and fit each other. */
  public ConvTranspose2d {
    if (channels < 1 || groups < 1 || channels % groups != 0) {
      throw new ShapeException(
          "ConvTranspose2d needs output channels of at least 1, divisible by at least 1 group, got %s and %s"
              .formatted(channels, groups));
    }
  }

  /**
   * A transposed convolution with a square kernel.
   *
   * @param channels output channels
   */
  public static ConvTranspose2d of(int channels, int kernel) {
    return of(channels, Window.of(kernel));
  }

  /** A transposed convolution over any window. */
  public static ConvTranspose2d of(int channels, Window window) {
    return new ConvTranspose2d(channels, window, 0, 1, true, VarianceScaling.kaiming());
  }

  /** The same with another stride in both directions: the factor by which images grow. */
  public ConvTranspose2d withStride(int stride) {
    return withWindow(window.withStride(stride));
  }

  /** The same with this many rows and columns cut off on every side. */
  public ConvTranspose2d withPadding(int padding) {
    return withWindow(window.withPadding(padding));
  }

  /** The same with another dilation in both directions. */
  public ConvTranspose2d withDilation(int dilation) {
    return withWindow(window.withDilation(dilation));
  }

  /** The same over another window. */
  public ConvTranspose2d withWindow(Window window) {
    return new ConvTranspose2d(channels, window, outputPadding, groups, bias, initializer);
  }

  /** The same with so many more rows below and columns on the right; below the stride. */
  public ConvTranspose2d withOutputPadding(int outputPadding) {
    return new ConvTranspose2d(channels, window, outputPadding, groups, bias, initializer);
  }

  /** The same with input and output channels split into groups that do not see each other. */
  public ConvTranspose2d withGroups(int groups) {
    return new ConvTranspose2d(channels, window, outputPadding, groups, bias, initializer);
  }

  /** The same with or without bias. */
  public ConvTranspose2d withBias(boolean bias) {
    return new ConvTranspose2d(channels, window, outputPadding, groups, bias, initializer);
  }

  /** The same with other initial weights. */
  public ConvTranspose2d withInitializer(Initializer initializer) {
    return new ConvTranspose2d(channels, window, outputPadding, groups, bias, initializer);
  }

  @Override
  public Value apply(Scope scope, Value x) {
    Shape in = scope.shape(x);
    if (in.rank() != 4 || in.dim(1) % groups != 0) {
      throw new ShapeException(
          "%s (ConvTranspose2d): expected an input N x C x H x W with C divisible by groups %s, got %s"
              .formatted(scope.path(), groups, in));
    }
    Shape shape =
        Shape.of(in.dim(1), channels / groups, window.kernelHeight(), window.kernelWidth());
    Value weights = scope.parameter("weights", shape, initializer);
    ConvOp.Transposed op = new ConvOp.Transposed(window, groups, outputPadding);
    if (!bias) {
      return scope.add(op, x, weights);
    }
    Value y = scope.add("product", op, x, weights);
    Value each = scope.parameter("bias", Shape.of(channels), Constant.zeros());
    ReduceOp.Expand everywhere = new ReduceOp.Expand(ReduceOp.Kind.SUM, List.of(0, 2, 3));
    return scope.add("sum", new PointwiseOp.Add(), y, scope.add("biases", everywhere, each, y));
  }
}
