package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/**
 * The maximum of each window of x (N x C x H x W), and the switches: its position {@code h * W + w}
 * in the plane, the first on ties.
 */
public record MaxPoolOp(Window window) implements Op {
  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(1);
    in.requireWorking(0);
    in.requireRank(0, 4, "N x C x H x W");
    Shape shape = Conv2dOp.output(in, window, in.dim(0, 1));
    return List.of(in.working(shape), new ValueType(shape, DType.INT32));
  }

  @Override
  public boolean mayOmit(int output) {
    return output == 1;
  }

  @Override
  public void gradient(Gradient g) {
    g.accumulate(0, g.add(new MaxPoolGradOp(window), g.dy(), g.output(1), g.input(0)));
  }
}
