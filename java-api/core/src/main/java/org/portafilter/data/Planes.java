package org.portafilter.data;

import java.util.Arrays;

/**
 * The pixels of one image, plane after plane, and their resampling.
 *
 * <p>Scaling is bilinear with the filter widened to the scale when shrinking, so that every source
 * pixel counts: what Pillow's {@code Image.resize(size, BILINEAR)} does. Only what is kept is
 * computed: time and memory are those of the source and of the result, whatever the proportions.
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
      return scaled(Taps.of(height, toHeight, 0, toHeight), Taps.of(width, toWidth, 0, toWidth));
    }
    double scale = Math.max((double) toHeight / height, (double) toWidth / width);
    long coverHeight = Math.max(toHeight, Math.round(height * scale));
    long coverWidth = Math.max(toWidth, Math.round(width * scale));
    return scaled(
        Taps.of(height, coverHeight, (coverHeight - toHeight) / 2, toHeight),
        Taps.of(width, coverWidth, (coverWidth - toWidth) / 2, toWidth));
  }

  private byte[] scaled(Taps rows, Taps columns) {
    String ask = "ask for a smaller one";
    int count = Limits.length(rows.size(), columns.size(), "pixels of an image", ask);
    byte[] out = new byte[Limits.length(channels, count, "pixels of an image", ask)];
    // Growing rows before shrinking columns would cost more than source and result.
    boolean columnsFirst = rows.size() > rows.span() && columns.size() < columns.span();
    for (int c = 0; c < channels; c++) {
      int from = (c * height + rows.from()) * width + columns.from();
      if (columnsFirst) {
        columnsFirst(from, rows, columns, out, c * count);
      } else {
        rowsFirst(from, rows, columns, out, c * count);
      }
    }
    return out;
  }

  private void rowsFirst(int from, Taps rows, Taps columns, byte[] out, int to) {
    float[] line = new float[columns.span()];
    float[] scaled = new float[columns.size()];
    for (int y = 0; y < rows.size(); y++) {
      Arrays.fill(line, 0);
      for (int k = 0; k < rows.weights[y].length; k++) {
        float weight = rows.weights[y][k];
        int at = from + (rows.first[y] + k) * width;
        for (int x = 0; x < line.length; x++) {
          line[x] += weight * (pixels[at + x] & 255);
        }
      }
      columns.scale(line, scaled, 0);
      round(scaled, out, to + y * scaled.length);
    }
  }

  private void columnsFirst(int from, Taps rows, Taps columns, byte[] out, int to) {
    float[] line = new float[columns.span()];
    float[] between = new float[rows.span() * columns.size()];
    for (int y = 0; y < rows.span(); y++) {
      for (int x = 0; x < line.length; x++) {
        line[x] = pixels[from + y * width + x] & 255;
      }
      columns.scale(line, between, y * columns.size());
    }
    float[] scaled = new float[columns.size()];
    for (int y = 0; y < rows.size(); y++) {
      Arrays.fill(scaled, 0);
      for (int k = 0; k < rows.weights[y].length; k++) {
        for (int x = 0; x < scaled.length; x++) {
          scaled[x] += rows.weights[y][k] * between[(rows.first[y] + k) * scaled.length + x];
        }
      }
      round(scaled, out, to + y * scaled.length);
    }
  }

  private static void round(float[] values, byte[] out, int to) {
    for (int i = 0; i < values.length; i++) {
      out[to + i] = (byte) Math.min(255, Math.max(0, Math.round(values[i])));
    }
  }

  /**
   * For some neighbouring output positions of one axis, the first source position, counted from the
   * first of all, and the weights from there on.
   *
   * @param from the first source position of all
   * @param span how many source positions are used
   */
  private record Taps(int from, int span, int[] first, float[][] weights) {
    /**
     * @param source positions there are
     * @param scaled output positions there would be
     * @param begin the first output position that is kept
     * @param size how many are
     */
    static Taps of(int source, long scaled, long begin, int size) {
      double scale = (double) source / scaled;
      double support = Math.max(1, scale);
      int[] first = new int[size];
      float[][] weights = new float[size][];
      for (int i = 0; i < size; i++) {
        double centre = (begin + i + 0.5) * scale;
        first[i] = Math.max(0, (int) (centre - support + 0.5));
        int end = Math.min(source, (int) (centre + support + 0.5));
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
      int from = first[0];
      int span = first[size - 1] + weights[size - 1].length - from;
      for (int i = 0; i < size; i++) {
        first[i] -= from;
      }
      return new Taps(from, span, first, weights);
    }

    int size() {
      return first.length;
    }

    /** Scales one line. */
    void scale(float[] line, float[] out, int to) {
      for (int i = 0; i < first.length; i++) {
        float sum = 0;
        for (int k = 0; k < weights[i].length; k++) {
          sum += weights[i][k] * line[first[i] + k];
        }
        out[to + i] = sum;
      }
    }
  }
}
