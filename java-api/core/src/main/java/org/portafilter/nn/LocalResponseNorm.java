package org.portafilter.nn;

import java.util.List;
import org.portafilter.graph.Function;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.PoolOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.Window;

/**
 * Local response normalisation (Krizhevsky et al. 2012, with alpha as in ONNX and PyTorch): each
 * value is divided by {@code (k + alpha / size sum x^2)^beta}, the sum over {@code size}
 * neighbouring channels at the same place. N x C x H x W, no parameters.
 *
 * <pre>{@code
 * Layer norm = LocalResponseNorm.of(5).withAlpha(5e-4).withK(2);
 * }</pre>
 */
public record LocalResponseNorm(int size, double alpha, double beta, double k) implements Layer {
  /** Checks the ranges. */
  public LocalResponseNorm {
    if (size < 1 || !(alpha > 0 && beta > 0 && k > 0)) {
      throw new ShapeException(
          "LocalResponseNorm needs at least 1 channel, and alpha, beta and k above 0, got %s"
              .formatted(List.of(size, alpha, beta, k)));
    }
  }

  /** Over so many channels, alpha 1e-4, beta 0.75, k 1. */
  public static LocalResponseNorm of(int size) {
    return new LocalResponseNorm(size, 1e-4, 0.75, 1);
  }

  /** The same with another alpha: {@code size} times the paper's. */
  public LocalResponseNorm withAlpha(double alpha) {
    return new LocalResponseNorm(size, alpha, beta, k);
  }

  /** The same with another beta. */
  public LocalResponseNorm withBeta(double beta) {
    return new LocalResponseNorm(size, alpha, beta, k);
  }

  /** The same with another k. */
  public LocalResponseNorm withK(double k) {
    return new LocalResponseNorm(size, alpha, beta, k);
  }

  @Override
  public String name() {
    return "norm";
  }

  @Override
  public Value apply(Scope scope, Value x) {
    Shape in = scope.shape(x);
    if (in.rank() != 4) {
      throw new ShapeException(
          "%s (LocalResponseNorm): expected an input N x C x H x W, got %s"
              .formatted(scope.path(), in));
    }
    // Channels as rows of an image of one channel, over which a window one column wide slides.
    Window window = Window.of(size, 1).withPadding(size / 2, 0, (size - 1) / 2, 0);
    Value squares = scope.add("squares", new PointwiseOp.Apply(Function.SQUARE), x);
    List<Integer> rows = List.of(0, 1, (int) in.dim(1), -1);
    Value image = scope.add("image", new MoveOp.Reshape(rows), squares);
    Value means = scope.add("means", new PoolOp.Average(window, true), image);
    Value back = scope.add("back", new MoveOp.ReshapeLike(), means, x);
    Value base = scope.add("base", new PointwiseOp.Rescale(alpha, k), back);
    Value factors = scope.add("factors", new PointwiseOp.Apply(Function.POWER, -beta), base);
    return scope.add("normalized", new PointwiseOp.Multiply(), x, factors);
  }
}
