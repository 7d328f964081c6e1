package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * {@code dloss (probabilities - onehot(label)) / N}, from dloss, the probabilities and the labels.
 * At the label it is minus the sum of the other classes' probabilities, which is the same and keeps
 * its digits where the network is sure and right.
 */
public record SoftmaxCrossEntropyGradOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(3);
    return List.of(in.type(1));
  }
}
