package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/** The logarithm of softmax over the classes of logits (N x C). */
public record LogSoftmaxOp() implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(1);
    in.requireWorking(0);
    in.requireRank(0, 2, "N x classes");
    return List.of(in.type(0));
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.add(new LogSoftmaxGradOp(), g.dy(), g.output(0)));
  }
}
