package org.portafilter.nn;

import java.util.List;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.Value;
import org.portafilter.init.Initializer;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.Window;

/**
 * One-dimensional convolution over sequences: N x C x L to N x O x OL with {@code OL = floor((L + 2
 * padding - dilation (kernel - 1) - 1) / stride + 1)}. It is a {@link Conv2d} over images one row
 * high.
 *
 * <p>Parameters: {@code weights} O x C/groups x 1 x kernel, {@code bias} O.
 *
 * <pre>{@code
 * Layer layer = Conv1d.of(32, 5).withPadding(2);
 * }</pre>
 *
 * @param row the convolution over one row
 */
public record Conv1d(Conv2d row) implements Layer {
  /**
   * A convolution with stride 1, no padding, dilation 1, one group, with bias.
   *
   * @param channels output channels
   */
  public static Conv1d of(int channels, int kernel) {
    return new Conv1d(Conv2d.of(channels, Window.of(1, kernel)));
  }

  /** The same with another stride. */
  public Conv1d withStride(int stride) {
    return new Conv1d(row.withWindow(row.window().withStride(1, stride)));
  }

  /** The same with this many zeros at both ends. */
  public Conv1d withPadding(int padding) {
    return withPadding(padding, padding);
  }

  /** The same with zeros at each end; {@code before = dilation (kernel - 1)} looks at no future. */
  public Conv1d withPadding(int before, int after) {
    return new Conv1d(row.withWindow(row.window().withPadding(0, before, 0, after)));
  }

  /** The same with another dilation. */
  public Conv1d withDilation(int dilation) {
    return new Conv1d(row.withWindow(row.window().withDilation(1, dilation)));
  }

  /** The same with input and output channels split into groups that do not see each other. */
  public Conv1d withGroups(int groups) {
    return new Conv1d(row.withGroups(groups));
  }

  /** The same with or without bias. */
  public Conv1d withBias(boolean bias) {
    return new Conv1d(row.withBias(bias));
  }

  /** The same with other initial weights. */
  public Conv1d withInitializer(Initializer initializer) {
    return new Conv1d(row.withInitializer(initializer));
  }

  @Override
  public String name() {
    return "conv";
  }

  @Override
  public Value apply(Scope scope, Value x) {
    Shape in = scope.shape(x);
    if (in.rank() != 3) {
      throw new ShapeException(
          "%s (Conv1d): expected an input N x C x L, got %s".formatted(scope.path(), in));
    }
    Value image = scope.add("image", new MoveOp.Reshape(List.of(0, 0, 1, -1)), x);
    return scope.add("sequence", new MoveOp.Reshape(List.of(0, 0, -1)), row.apply(scope, image));
  }
}
