package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * Batch normalisation in training (Ioffe and Szegedy 2015) over all dimensions but the channels
 * (dimension 1).
 *
 * <p>Inputs: x, gamma, beta, running mean, running variance. Outputs: y, the new running mean and
 * (unbiased) variance {@code (1 - momentum) old + momentum batch}, the batch mean, and {@code 1 /
 * sqrt(variance + epsilon)} with the biased variance.
 *
 * <p>Fusion alone sets the last two: a sixth input, the residual, is added before the activation.
 */
public record BatchNormOp(double epsilon, double momentum, Activation activation, boolean residual)
    implements Op {
  /** The norm alone. */
  public BatchNormOp(double epsilon, double momentum) {
    this(epsilon, momentum, Activation.IDENTITY, false);
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(residual ? 6 : 5);
    check(in);
    ValueType channels = in.working(Shape.of(in.dim(0, 1)));
    return List.of(in.type(0), channels, channels, channels, channels);
  }

  /** Checks an input, four values per channel and, where there is one, a residual. */
  static void check(Signature in) {
    in.requireWorking(0);
    in.require(
        in.shape(0).rank() >= 2,
        "an input of rank 2 or more (N x C x ...)",
        in.shape(0).toString(),
        "");
    for (int i = 1; i < 5; i++) {
      in.requireShape(i, Shape.of(in.dim(0, 1)), "one value per channel");
    }
    if (in.count() == 6) {
      in.requireShape(5, in.shape(0), "a residual");
    }
  }

  @Override
  public void gradient(Gradient g) {
    if (activation != Activation.IDENTITY || residual) {
      throw g.missing();
    }
    Value first =
        g.add(
            new BatchNormGradOp(Activation.IDENTITY, false),
            g.dy(),
            g.input(0),
            g.input(1),
            g.output(3),
            g.output(4));
    for (int i = 0; i < 3; i++) {
      g.accumulate(i, g.sibling(first, i));
    }
  }
}
