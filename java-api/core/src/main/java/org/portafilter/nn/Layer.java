package org.portafilter.nn;

import java.util.Locale;
import org.portafilter.graph.Value;

/**
 * A small function that adds ops and parameters to a graph. Layers are immutable descriptions: the
 * same layer object may appear in many networks.
 *
 * <p>User code writes its own in a few lines:
 *
 * <pre>{@code
 * record Swish() implements Layer {
 *   public Value apply(Scope scope, Value x) {
 *     Value gate = scope.apply("gate", Sigmoid.of(), x);
 *     return scope.add("product", new PointwiseOp.Multiply(), x, gate);
 *   }
 * }
 * }</pre>
 */
public interface Layer {
  /** Adds this layer's ops after {@code x} and returns its output. */
  Value apply(Scope scope, Value x);

  /** Whether its first op turns bytes ({@code UINT8}) into floats, as {@link Rescale} does. */
  default boolean readsBytes() {
    return false;
  }

  /** What a container calls it, before a number: the lower-case class name. */
  default String name() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }
}
