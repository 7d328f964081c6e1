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
 */
public record BatchNormOp(double epsilon, double momentum) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(5);
    check(in);
    ValueType channels = in.working(Shape.of(in.dim(0, 1)));
    return List.of(in.type(0), channels, channels, channels, channels);
  }

  static void check(Signature in) {
    in.requireWorking(0);
    in.require(
        in.shape(0).rank() >= 2,
        "an input of rank 2 or more (N x C x ...)",
        in.shape(0).toString(),
        "");
    for (int i = 1; i < in.count(); i++) {
      in.requireShape(i, Shape.of(in.dim(0, 1)), "one value per channel");
    }
  }

  @Override
  public void gradient(Gradient g) {
    Value first =
        g.add(new BatchNormGradOp(), g.dy(), g.input(0), g.input(1), g.output(3), g.output(4));
    for (int i = 0; i < 3; i++) {
      g.accumulate(i, g.sibling(first, i));
    }
  }
}
