package org.portafilter.nn;

import org.portafilter.graph.PoolOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.Window;

/**
 * The mean of each window: N x C x H x W to N x C x OH x OW. Padding does not count unless asked
 * for; every window must cover a pixel.
 */
public record AveragePool(Window window, boolean countPadding) implements Layer {
  /** Windows of {@code size x size} side by side. */
  public static AveragePool of(int size) {
    return new AveragePool(Window.of(size).withStride(size), false);
  }

  /** Any window. */
  public static AveragePool of(Window window) {
    return new AveragePool(window, false);
  }

  /** The same with padding counted as zeros, or not. */
  public AveragePool withCountPadding(boolean countPadding) {
    return new AveragePool(window, countPadding);
  }

  @Override
  public String name() {
    return "pool";
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PoolOp.Average(window, countPadding), x);
  }
}
