package org.portafilter.testkit;

import java.util.Arrays;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;

/** Max and average pooling and their gradients. */
public final class PoolOracle {
  private final Shape x;
  private final Shape y;
  private final Window window;

  /** Sizes of one pooling. */
  public PoolOracle(Shape x, Window window) {
    this.x = x;
    this.window = window;
    this.y =
        Shape.of(x.dim(0), x.dim(1), window.outputHeight(x.dim(2)), window.outputWidth(x.dim(3)));
  }

  /** Shape of the output. */
  public Shape output() {
    return y;
  }

  private interface Cell {
    void visit(int in, int out, int inPlane);
  }

  private void each(Cell cell) {
    int planes = (int) (x.dim(0) * x.dim(1));
    for (int p = 0; p < planes; p++) {
      for (int oh = 0; oh < y.dim(2); oh++) {
        for (int ow = 0; ow < y.dim(3); ow++) {
          int out = (int) ((p * y.dim(2) + oh) * y.dim(3) + ow);
          for (int kh = 0; kh < window.kernelHeight(); kh++) {
            for (int kw = 0; kw < window.kernelWidth(); kw++) {
              int ih = oh * window.strideHeight() - window.padTop() + kh * window.dilationHeight();
              int iw = ow * window.strideWidth() - window.padLeft() + kw * window.dilationWidth();
              if (ih >= 0 && ih < x.dim(2) && iw >= 0 && iw < x.dim(3)) {
                int inPlane = (int) (ih * x.dim(3) + iw);
                cell.visit((int) (p * x.dim(2) * x.dim(3)) + inPlane, out, inPlane);
              }
            }
          }
        }
      }
    }
  }

  /** The position of each maximum in its plane; -1 where the window holds padding alone. */
  public double[] switches(double[] xs) {
    double[] where = new double[(int) y.count()];
    Arrays.fill(where, -1);
    double[] best = new double[where.length];
    each(
        (in, out, inPlane) -> {
          boolean wins =
              where[out] < 0
                  || xs[in] > best[out]
                  || Double.isNaN(xs[in]) && !Double.isNaN(best[out]);
          if (wins) {
            best[out] = xs[in];
            where[out] = inPlane;
          }
        });
    return where;
  }

  /** The maxima; minus infinity where the window holds padding alone. */
  public double[] max(double[] xs) {
    double[] where = switches(xs);
    int inArea = (int) (x.dim(2) * x.dim(3));
    int outArea = (int) (y.dim(2) * y.dim(3));
    double[] ys = new double[where.length];
    for (int i = 0; i < ys.length; i++) {
      ys[i] = where[i] < 0 ? Double.NEGATIVE_INFINITY : xs[i / outArea * inArea + (int) where[i]];
    }
    return ys;
  }

  /** dx of the maximum. */
  public double[] maxGrad(double[] dys, double[] switches) {
    int inArea = (int) (x.dim(2) * x.dim(3));
    int outArea = (int) (y.dim(2) * y.dim(3));
    double[] dxs = new double[(int) x.count()];
    for (int i = 0; i < dys.length; i++) {
      if (switches[i] >= 0) {
        dxs[i / outArea * inArea + (int) switches[i]] += dys[i];
      }
    }
    return dxs;
  }

  private double[] cells(boolean countPadding) {
    double[] cells = new double[(int) y.count()];
    each((in, out, inPlane) -> cells[out]++);
    if (countPadding) {
      Arrays.fill(cells, window.kernelHeight() * window.kernelWidth());
    }
    return cells;
  }

  /** The means; 0 where nothing is counted. */
  public double[] average(double[] xs, boolean countPadding) {
    double[] cells = cells(countPadding);
    double[] ys = new double[cells.length];
    each((in, out, inPlane) -> ys[out] += xs[in] / cells[out]);
    return ys;
  }

  /** dx of the mean. */
  public double[] averageGrad(double[] dys, boolean countPadding) {
    double[] cells = cells(countPadding);
    double[] dxs = new double[(int) x.count()];
    each((in, out, inPlane) -> dxs[in] += dys[out] / cells[out]);
    return dxs;
  }
}
