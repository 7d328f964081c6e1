package org.portafilter.nn;

import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/** {@code scale x + shift}, elementwise; as a first layer it also accepts bytes ({@code UINT8}). */
public record Rescale(double scale, double shift) implements Layer {
  /** Multiplies by {@code scale}, for example {@code 1 / 255.0}. */
  public static Rescale of(double scale) {
    return new Rescale(scale, 0);
  }

  /** Multiplies by {@code scale}, then adds {@code shift}. */
  public static Rescale of(double scale, double shift) {
    return new Rescale(scale, shift);
  }

  @Override
  public boolean readsBytes() {
    return true;
  }

  @Override
  public Value apply(Scope scope, Value x) {
    return scope.add(new PointwiseOp.Rescale(scale, shift), x);
  }
}
