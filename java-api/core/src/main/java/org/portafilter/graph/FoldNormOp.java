package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * A batch norm with given statistics as part of the convolution before it. Inputs: that
 * convolution's weights (O x ...), gamma, beta, mean, variance and, where {@code bias}, its bias (O
 * each). Outputs: weights and bias of one convolution that does both. Made by fusion only; the
 * inputs are state, so that it runs when the state has changed and not at every run.
 */
public record FoldNormOp(double epsilon, boolean bias) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(bias ? 6 : 5);
    in.requireWorking(0);
    Shape channels = Shape.of(in.dim(0, 0));
    for (int i = 1; i < (bias ? 6 : 5); i++) {
      in.requireShape(i, channels, "one value per output channel");
    }
    return List.of(in.type(0), in.working(channels));
  }
}
