package org.portafilter.data;

import java.util.Arrays;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/**
 * Digits the library draws itself, for trying things out without a download: strokes under a random
 * affine and elastic deformation, with random thickness, clutter and noise, 28 x 28 grey. Image
 * {@code i} of a seed never changes.
 */
public final class DrawnDigits {
  private static final int SIZE = 28;

  /**
   * The strokes of each digit in a unit square, y down: polylines of x, y pairs. An arc is written
   * out as a polyline.
   */
  private static final double[][][] STROKES = {
    {ellipse(0.5, 0.5, 0.28, 0.42, 0, 360)},
    {{0.36, 0.24, 0.54, 0.08, 0.54, 0.92}},
    {join(ellipse(0.5, 0.3, 0.25, 0.22, 180, 385), new double[] {0.24, 0.92, 0.78, 0.92})},
    {join(ellipse(0.47, 0.29, 0.25, 0.21, 200, 440), ellipse(0.47, 0.71, 0.28, 0.22, -80, 160))},
    {{0.62, 0.92, 0.62, 0.08, 0.2, 0.64, 0.82, 0.64}},
    {
      join(
          new double[] {0.74, 0.08, 0.32, 0.08, 0.28, 0.45},
          ellipse(0.48, 0.66, 0.27, 0.26, -115, 150))
    },
    {join(new double[] {0.64, 0.08, 0.36, 0.36}, ellipse(0.49, 0.67, 0.25, 0.25, 200, 560))},
    {{0.22, 0.08, 0.78, 0.08, 0.42, 0.92}},
    {ellipse(0.5, 0.29, 0.21, 0.2, 0, 360), ellipse(0.5, 0.71, 0.26, 0.22, 0, 360)},
    {join(ellipse(0.5, 0.32, 0.25, 0.24, 20, 380), new double[] {0.72, 0.44, 0.6, 0.92})}
  };

  private DrawnDigits() {}

  /**
   * Training and test images that share none.
   *
   * @param train at least 1, at most 2,739,137: what one array holds
   * @param test as many
   */
  public static Split split(int train, int test, long seed) {
    return new Split(draw(train, 0, seed), draw(test, train, seed));
  }

  private static Dataset draw(int count, int first, long seed) {
    if (count < 1) {
      throw new PortafilterException("a data set needs at least one image, got " + count);
    }
    byte[] pixels = new byte[Limits.length(count, SIZE * SIZE, "digits", "draw fewer")];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      Philox random = new Philox(seed, Philox.streamOf("digit") + first + i);
      labels[i] = random.nextInt(10);
      draw(labels[i], random, pixels, i * SIZE * SIZE);
    }
    return Dataset.of(pixels, Shape.of(1, SIZE, SIZE), labels);
  }

  private static void draw(int digit, Philox random, byte[] pixels, int at) {
    double[] ink = new double[SIZE * SIZE];
    Deformation deformation = new Deformation(random);
    double thickness = random.uniform(0.7, 1.7);
    double strength = random.uniform(0.75, 1.0);
    for (double[] stroke : STROKES[digit]) {
      for (int p = 0; p + 3 < stroke.length; p += 2) {
        segment(
            ink,
            deformation,
            stroke[p],
            stroke[p + 1],
            stroke[p + 2],
            stroke[p + 3],
            thickness,
            strength);
      }
    }
    clutter(ink, random);
    double noise = random.uniform(0.02, 0.12);
    for (int i = 0; i < ink.length; i++) {
      double value = ink[i] + noise * random.nextGaussian();
      pixels[at + i] = (byte) Math.round(255 * Math.min(1, Math.max(0, value)));
    }
  }

  /** A few short strokes that belong to nothing. */
  private static void clutter(double[] ink, Philox random) {
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      double x = random.uniform(0, SIZE);
      double y = random.uniform(0, SIZE);
      double angle = random.uniform(0, 2 * Math.PI);
      double length = random.uniform(1, 5);
      double dx = length * StrictMath.cos(angle);
      double dy = length * StrictMath.sin(angle);
      line(ink, x, y, x + dx, y + dy, random.uniform(0.4, 0.9), random.uniform(0.3, 0.8));
    }
  }

  private static void segment(
      double[] ink,
      Deformation d,
      double x0,
      double y0,
      double x1,
      double y1,
      double thickness,
      double strength) {
    int pieces = 6;
    for (int i = 0; i < pieces; i++) {
      double a = (double) i / pieces;
      double b = (double) (i + 1) / pieces;
      double[] from = d.apply(x0 + a * (x1 - x0), y0 + a * (y1 - y0));
      double[] to = d.apply(x0 + b * (x1 - x0), y0 + b * (y1 - y0));
      line(ink, from[0], from[1], to[0], to[1], thickness, strength);
    }
  }

  /** A straight piece with soft edges; crossing strokes do not add up. */
  private static void line(
      double[] ink, double x0, double y0, double x1, double y1, double thickness, double strength) {
    int left = (int) Math.max(0, Math.floor(Math.min(x0, x1) - thickness - 1));
    int right = (int) Math.min(SIZE - 1, Math.ceil(Math.max(x0, x1) + thickness + 1));
    int top = (int) Math.max(0, Math.floor(Math.min(y0, y1) - thickness - 1));
    int bottom = (int) Math.min(SIZE - 1, Math.ceil(Math.max(y0, y1) + thickness + 1));
    double dx = x1 - x0;
    double dy = y1 - y0;
    double squared = dx * dx + dy * dy;
    for (int y = top; y <= bottom; y++) {
      for (int x = left; x <= right; x++) {
        double t =
            squared == 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / squared));
        double ex = x - (x0 + t * dx);
        double ey = y - (y0 + t * dy);
        double distance = Math.sqrt(ex * ex + ey * ey);
        double value = strength * Math.min(1, Math.max(0, thickness + 0.5 - distance));
        ink[y * SIZE + x] = Math.max(ink[y * SIZE + x], value);
      }
    }
  }

  private static double[] ellipse(
      double cx, double cy, double rx, double ry, double fromDegrees, double toDegrees) {
    int pieces = (int) Math.ceil(Math.abs(toDegrees - fromDegrees) / 20);
    double[] points = new double[2 * (pieces + 1)];
    for (int i = 0; i <= pieces; i++) {
      double angle = Math.PI / 180 * (fromDegrees + (toDegrees - fromDegrees) * i / pieces);
      points[2 * i] = cx + rx * StrictMath.cos(angle);
      points[2 * i + 1] = cy + ry * StrictMath.sin(angle);
    }
    return points;
  }

  private static double[] join(double[]... parts) {
    return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
  }

  /**
   * From the unit square to pixels: rotation, scale, shear, shift, and two low waves in each
   * direction.
   */
  private static final class Deformation {
    private final double xx;
    private final double xy;
    private final double yx;
    private final double yy;
    private final double shiftX;
    private final double shiftY;
    private final double[] waves = new double[12];

    Deformation(Philox random) {
      double angle = random.uniform(-0.35, 0.35);
      double width = random.uniform(0.7, 1.15) * 20;
      double height = random.uniform(0.75, 1.15) * 20;
      double shear = random.uniform(-0.3, 0.3);
      double cos = StrictMath.cos(angle);
      double sin = StrictMath.sin(angle);
      xx = width * cos;
      xy = height * (shear * cos - sin);
      yx = width * sin;
      yy = height * (shear * sin + cos);
      shiftX = SIZE / 2.0 + random.uniform(-2.5, 2.5);
      shiftY = SIZE / 2.0 + random.uniform(-2.5, 2.5);
      for (int i = 0; i < waves.length; i += 3) {
        waves[i] = random.uniform(0, 0.055);
        waves[i + 1] = random.uniform(2, 7);
        waves[i + 2] = random.uniform(0, 2 * Math.PI);
      }
    }

    double[] apply(double x, double y) {
      double u = x - 0.5 + wave(0, y) + wave(3, x);
      double v = y - 0.5 + wave(6, x) + wave(9, y);
      return new double[] {shiftX + xx * u + xy * v, shiftY + yx * u + yy * v};
    }

    private double wave(int index, double along) {
      return waves[index] * StrictMath.sin(waves[index + 1] * along + waves[index + 2]);
    }
  }
}
