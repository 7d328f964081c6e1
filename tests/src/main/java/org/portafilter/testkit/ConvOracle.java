package org.portafilter.testkit;

import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;

/** Convolution and its gradients, straight from the sums. */
public final class ConvOracle {
  private final Shape x;
  private final Shape w;
  private final Shape y;
  private final Window window;
  private final int groups;

  /** Sizes of one convolution. */
  public ConvOracle(Shape x, int channels, Window window, int groups) {
    this.x = x;
    this.window = window;
    this.groups = groups;
    this.w = Shape.of(channels, x.dim(1) / groups, window.kernelHeight(), window.kernelWidth());
    this.y =
        Shape.of(x.dim(0), channels, window.outputHeight(x.dim(2)), window.outputWidth(x.dim(3)));
  }

  /** Shape of the weights. */
  public Shape weights() {
    return w;
  }

  /** Shape of the output. */
  public Shape output() {
    return y;
  }

  private interface Term {
    void add(int x, int w, int y);
  }

  /** Visits every product x[..] w[..] that contributes to y[..]. */
  private void each(Term term) {
    int og = (int) w.dim(0) / groups;
    int cg = (int) w.dim(1);
    for (int n = 0; n < x.dim(0); n++) {
      for (int o = 0; o < w.dim(0); o++) {
        for (int oh = 0; oh < y.dim(2); oh++) {
          for (int ow = 0; ow < y.dim(3); ow++) {
            int out = at(y, n, o, oh, ow);
            for (int c = 0; c < cg; c++) {
              for (int kh = 0; kh < w.dim(2); kh++) {
                for (int kw = 0; kw < w.dim(3); kw++) {
                  int ih =
                      oh * window.strideHeight() - window.padTop() + kh * window.dilationHeight();
                  int iw =
                      ow * window.strideWidth() - window.padLeft() + kw * window.dilationWidth();
                  if (ih >= 0 && ih < x.dim(2) && iw >= 0 && iw < x.dim(3)) {
                    term.add(at(x, n, o / og * cg + c, ih, iw), at(w, o, c, kh, kw), out);
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  private static int at(Shape s, int a, int b, int c, int d) {
    return (int) (((a * s.dim(1) + b) * s.dim(2) + c) * s.dim(3) + d);
  }

  /** y, without bias. */
  public double[] forward(double[] xs, double[] ws) {
    double[] ys = new double[(int) y.count()];
    each((i, j, k) -> ys[k] += xs[i] * ws[j]);
    return ys;
  }

  /** y plus a bias per output channel. */
  public double[] forward(double[] xs, double[] ws, double[] bias) {
    double[] ys = forward(xs, ws);
    int area = (int) (y.dim(2) * y.dim(3));
    for (int i = 0; i < ys.length; i++) {
      ys[i] += bias[i / area % bias.length];
    }
    return ys;
  }

  /** dx from dy. */
  public double[] backwardData(double[] dys, double[] ws) {
    double[] dxs = new double[(int) x.count()];
    each((i, j, k) -> dxs[i] += dys[k] * ws[j]);
    return dxs;
  }

  /** dw from dy. */
  public double[] backwardWeights(double[] dys, double[] xs) {
    double[] dws = new double[(int) w.count()];
    each((i, j, k) -> dws[j] += dys[k] * xs[i]);
    return dws;
  }
}
