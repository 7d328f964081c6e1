package org.portafilter.data;

/**
 * The pixels of one image, plane after plane, and their resampling.
 *
 * <p>Scaling is bilinear with the filter widened to the scale when shrinking, so that every source
 * pixel counts: what Pillow's {@code Image.resize(size, BILINEAR)} does.
 *
 * @param pixels channels x height x width bytes
 */
record Planes(byte[] pixels, int channels, int height, int width) {
  /** The pixels at another size. */
  byte[] fitted(int toHeight, int toWidth, Fit fit) {
    if (height == toHeight && width == toWidth) {
      return pixels;
    }
    if (fit == Fit.STRETCH) {
      return scaled(toHeight, toWidth).pixels;
    }
    double scale = Math.max((double) toHeight / height, (double) toWidth / width);
    int coverHeight = Math.max(toHeight, (int) Math.round(height * scale));
    int coverWidth = Math.max(toWidth, (int) Math.round(width * scale));
    return scaled(coverHeight, coverWidth).centre(toHeight, toWidth);
  }

  private byte[] centre(int toHeight, int toWidth) {
    int top = (height - toHeight) / 2;
    int left = (width - toWidth) / 2;
    byte[] out = new byte[channels * toHeight * toWidth];
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < toHeight; y++) {
        int from = (c * height + top + y) * width + left;
        System.arraycopy(pixels, from, out, (c * toHeight + y) * toWidth, toWidth);
      }
    }
    return out;
  }

  private Planes scaled(int toHeight, int toWidth) {
    float[] rows = new float[channels * toHeight * width];
    Taps vertical = Taps.of(height, toHeight);
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < toHeight; y++) {
        for (int x = 0; x < width; x++) {
          float sum = 0;
          for (int k = 0; k < vertical.weights[y].length; k++) {
            int from = (c * height + vertical.first[y] + k) * width + x;
            sum += vertical.weights[y][k] * (pixels[from] & 255);
          }
          rows[(c * toHeight + y) * width + x] = sum;
        }
      }
    }
    byte[] out = new byte[channels * toHeight * toWidth];
    Taps horizontal = Taps.of(width, toWidth);
    for (int row = 0; row < channels * toHeight; row++) {
      for (int x = 0; x < toWidth; x++) {
        float sum = 0;
        for (int k = 0; k < horizontal.weights[x].length; k++) {
          sum += horizontal.weights[x][k] * rows[row * width + horizontal.first[x] + k];
        }
        out[row * toWidth + x] = (byte) Math.min(255, Math.max(0, Math.round(sum)));
      }
    }
    return new Planes(out, channels, toHeight, toWidth);
  }

  /** For each output position, the first source position and the weights from there on. */
  private record Taps(int[] first, float[][] weights) {
    static Taps of(int from, int to) {
      double scale = (double) from / to;
      double support = Math.max(1, scale);
      int[] first = new int[to];
      float[][] weights = new float[to][];
      for (int i = 0; i < to; i++) {
        double centre = (i + 0.5) * scale;
        first[i] = Math.max(0, (int) (centre - support + 0.5));
        int end = Math.min(from, (int) (centre + support + 0.5));
        weights[i] = new float[end - first[i]];
        double sum = 0;
        for (int k = 0; k < weights[i].length; k++) {
          double distance = Math.abs(first[i] + k + 0.5 - centre) / support;
          weights[i][k] = (float) Math.max(0, 1 - distance);
          sum += weights[i][k];
        }
        for (int k = 0; k < weights[i].length; k++) {
          weights[i][k] /= (float) sum;
        }
      }
      return new Taps(first, weights);
    }
  }
}
