package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * The mean over rows of {@code -log softmax(logits)[label]}, from logits (N x C) and labels (N,
 * {@code INT32}, in [0, C)); also delivers the probabilities.
 */
public record SoftmaxCrossEntropyOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    check(in);
    return List.of(in.working(Shape.of()), in.type(0));
  }

  static void check(Signature in) {
    in.requireWorking(0);
    in.requireRank(0, 2, "N x classes");
    in.require(
        in.type(1).dtype() == DType.INT32, "labels of type INT32", in.type(1).toString(), "");
    in.requireShape(1, Shape.of(in.dim(0, 0)), "one label per row");
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.add(new SoftmaxCrossEntropyGradOp(), g.dy(), g.output(1), g.input(1)));
  }
}
