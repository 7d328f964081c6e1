package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/** The mean of each window of x (N x C x H x W); padding counts as zeros or not at all. */
public record AveragePoolOp(Window window, boolean countPadding) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(1);
    in.requireWorking(0);
    in.requireRank(0, 4, "N x C x H x W");
    return List.of(in.working(MaxPoolOp.pooled(in, window)));
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.add(new AveragePoolGradOp(window, countPadding), g.dy(), g.input(0)));
  }
}
