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
  /**
   * The pixels at another size.
   *
   * @throws org.portafilter.shape.PortafilterException when one array does not hold them
   */
  byte[] fitted(int toHeight, int toWidth, Fit fit) {
    if (height == toHeight && width == toWidth) {
      return pixels;
    }
    if (fit == Fit.STRETCH) {
      return scaled(Taps.of(height, toHeight, toHeight), Taps.of(width, toWidth, toWidth));
    }
    double scale = Math.max((double) toHeight / height, (double) toWidth / width);
    long coverHeight = Math.max(toHeight, Math.round(height * scale));
    long coverWidth = Math.max(toWidth, Math.round(width * scale));
    return scaled(Taps.of(height, coverHeight, toHeight), Taps.of(width, coverWidth, toWidth));
  }

  private byte[] scaled(Taps vertical, Taps horizontal) {
    int toHeight = vertical.first.length;
    int toWidth = horizontal.first.length;
    int plane = Limits.length(toHeight, toWidth, "pixels of an image", "ask for a smaller one");
    byte[] out =
        new byte[Limits.length(channels, plane, "pixels of an image", "ask for a smaller one")];
    float[] row = new float[width];
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < toHeight; y++) {
        scaleDown(c, vertical.first[y], vertical.weights[y], row);
        for (int x = 0; x < toWidth; x++) {
          float sum = 0;
          float[] weights = horizontal.weights[x];
          for (int k = 0; k < weights.length; k++) {
            sum += weights[k] * row[horizontal.first[x] + k];
          }
          byte value = (byte) Math.min(255, Math.max(0, Math.round(sum)));
          out[c * plane + y * toWidth + x] = value;
        }
      }
    }
    return out;
  }

  /** One row of the result at the width of the source: rows from {@code first} on, weighted. */
  private void scaleDown(int channel, int first, float[] weights, float[] row) {
    for (int x = 0; x < width; x++) {
      float sum = 0;
      for (int k = 0; k < weights.length; k++) {
        sum += weights[k] * (pixels[(channel * height + first + k) * width + x] & 255);
      }
      row[x] = sum;
    }
  }

  /** For each output position, the first source position and the weights from there on. */
  private record Taps(int[] first, float[][] weights) {
    /** For the middle {@code count} of {@code to} positions: no others are computed. */
    static Taps of(int from, long to, int count) {
      double scale = (double) from / to;
      double support = Math.max(1, scale);
      int[] first = new int[count];
      float[][] weights = new float[count][];
      long before = (to - count) / 2;
      for (int i = 0; i < count; i++) {
        double centre = (before + i + 0.5) * scale;
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
