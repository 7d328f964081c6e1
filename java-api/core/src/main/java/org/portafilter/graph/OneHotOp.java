package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * Labels (N, {@code INT32}, in [0, C)) as rows of C numbers: {@code (1 - smoothing) [c = label] +
 * smoothing / C}, or all 0 where the label is {@code ignored}. Inputs: labels, and scores N x C, of
 * which only the shape matters.
 *
 * @param smoothing in [0, 1)
 * @param ignored a label, which need not be in [0, C); -1 for none
 */
public record OneHotOp(double smoothing, int ignored) implements Op {
  /** Checks the ranges. */
  public OneHotOp {
    if (!(smoothing >= 0 && smoothing < 1) || ignored < -1) {
      throw new PortafilterException(
          "labels are smoothed by a share in [0, 1) and ignored from 0 on, got %s and %s"
              .formatted(smoothing, ignored));
    }
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(2);
    in.requireRank(1, 2, "N x classes");
    in.require(
        in.type(0).dtype() == DType.INT32, "labels of type INT32", in.type(0).toString(), "");
    in.requireShape(0, Shape.of(in.dim(1, 0)), "one label per row");
    return List.of(in.working(in.shape(1)));
  }

  @Override
  public boolean readsShapeOnly(int input) {
    return input == 1;
  }

  /** Nothing depends on the labels, and nothing on the scores. */
  @Override
  public void gradient(Gradient g) {}
}
