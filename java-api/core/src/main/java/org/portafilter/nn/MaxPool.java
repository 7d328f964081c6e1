package org.portafilter.nn;

import org.portafilter.graph.PoolOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.Window;

/**
 * The maximum of each window: N x C x H x W to N x C x OH x OW. Padding never wins; every window
 * must cover a pixel.
 *
 * <pre>{@code
 * Layer halve = MaxPool.of(2);
 * Layer overlapping = MaxPool.of(Window.of(3).withStride(2));
 * }</pre>
 */
public record MaxPool(Window window) implements Layer {
  /** Windows of {@code size x size} side by side. */
  public static MaxPool of(int size) {
    return new MaxPool(Window.of(size).withStride(size));
  }

  /** Any window. */
  public static MaxPool of(Window window) {
    return new MaxPool(window);
  }

  @Override
  public String name() {
    return "pool";
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PoolOp.Max(window), x);
  }
}
