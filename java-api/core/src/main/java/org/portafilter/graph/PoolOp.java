package org.portafilter.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.graph.Reach.Link;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/** A window slides over x and keeps one number of each place. */
public sealed interface PoolOp extends Op {
  /** Images and channels are apart; where a window is asked for, it says which rows and columns. */
  private static Reach places(@Nullable Link rows, @Nullable Link columns) {
    return Reach.of(Link.same(0), Link.same(1), rows, columns);
  }

  @Override
  default Reach reach(int output, int input, List<ValueType> inputs) {
    return places(null, null);
  }

  @Override
  default boolean keepsZero() {
    return true;
  }

  /**
   * The maximum of each window of x (N x C x H x W), and the switches: its position {@code h * W +
   * w} in the plane, the first on ties.
   */
  @OpName("MaxPool")
  record Max(Window window) implements PoolOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(1);
      in.requireWorking(0);
      in.requireRank(0, 4, "N x C x H x W");
      Shape shape = pooled(in, window);
      return List.of(in.working(shape), new ValueType(shape, DType.INT32));
    }

    /**
     * The shape of a pool's result. A window over padding alone has no maximum and no mean, so
     * there must be none.
     */
    static Shape pooled(Signature in, Window window) {
      Shape shape = ConvOp.Forward.output(in, window, in.dim(0, 1));
      long row = window.rowInPaddingAlone(in.dim(0, 2));
      long column = window.columnInPaddingAlone(in.dim(0, 3));
      boolean dilated = window.dilationHeight() > 1 || window.dilationWidth() > 1;
      in.require(
          row < 0 && column < 0,
          "windows that each cover a pixel of the input",
          "%s over input %s, where the windows of output %s lie in padding alone"
              .formatted(window, in.shape(0), row >= 0 ? "row " + row : "column " + column),
          "use padding below %s rows and %s columns, which a window spans%s"
              .formatted(
                  window.dilationHeight() * (window.kernelHeight() - 1L) + 1,
                  window.dilationWidth() * (window.kernelWidth() - 1L) + 1,
                  dilated ? ", or less dilation" : ""));
      return shape;
    }

    @Override
    public boolean mayOmit(int output) {
      return output == 1;
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.add(new MaxGrad(window), g.dy(), g.output(1), g.input(0)));
    }

    @Override
    public int piecesOutput() {
      return 1;
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      return places(Link.rows(window), Link.columns(window));
    }
  }

  /** Routes {@code dy} to the positions in the switches of a {@link Max}. */
  @OpName("MaxPoolGrad")
  record MaxGrad(Window window) implements PoolOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(3);
      in.requireWorking(0);
      return List.of(in.working(in.shape(2)));
    }

    @Override
    public boolean readsShapeOnly(int input) {
      return input == 2;
    }

    @Override
    public boolean isSaved() {
      return false;
    }
  }

  /** The mean of each window of x (N x C x H x W); padding counts as zeros or not at all. */
  @OpName("AveragePool")
  record Average(Window window, boolean countPadding) implements PoolOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(1);
      in.requireWorking(0);
      in.requireRank(0, 4, "N x C x H x W");
      return List.of(in.working(Max.pooled(in, window)));
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.add(new AverageGrad(window, countPadding), g.dy(), g.input(0)));
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      return places(Link.rows(window), Link.columns(window));
    }
  }

  /** Spreads {@code dy} evenly over the windows of an {@link Average}. */
  @OpName("AveragePoolGrad")
  record AverageGrad(Window window, boolean countPadding) implements PoolOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireWorking(0);
      return List.of(in.working(in.shape(1)));
    }

    @Override
    public boolean readsShapeOnly(int input) {
      return input == 1;
    }

    @Override
    public boolean isSaved() {
      return false;
    }
  }
}
