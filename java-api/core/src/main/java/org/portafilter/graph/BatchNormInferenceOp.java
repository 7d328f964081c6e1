package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * Batch normalisation with given statistics. Inputs: x, gamma, beta, mean, variance; activation and
 * residual as in {@link BatchNormOp}.
 */
public record BatchNormInferenceOp(double epsilon, Activation activation, boolean residual)
    implements Op {
  /** The norm alone. */
  public BatchNormInferenceOp(double epsilon) {
    this(epsilon, Activation.IDENTITY, false);
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(residual ? 6 : 5);
    BatchNormOp.check(in);
    return List.of(in.type(0));
  }

  /**
   * The statistics are constants; so are gamma and beta, which only training norms train. What is
   * left is a factor per channel: {@code dx = gamma dy / sqrt(variance + epsilon)}.
   */
  @Override
  public void gradient(Gradient g) {
    if (g.needs(1) || g.needs(2) || activation != Activation.IDENTITY || residual) {
      throw g.missing();
    }
    Value zeros = g.add(new RescaleOp(0, 0), g.input(3));
    g.accumulate(0, g.add(this, g.dy(), g.input(1), zeros, zeros, g.input(4)));
  }
}
