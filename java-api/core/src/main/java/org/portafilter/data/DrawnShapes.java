package org.portafilter.data;

import java.util.List;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/**
 * Coloured shapes the library draws itself, 3 x 32 x 32: one of ten kinds, turned, scaled and
 * moved, in any colour on a background of another, with stripes and noise. For trying colour
 * networks without a download. Image {@code i} of a seed never changes.
 */
public final class DrawnShapes {
  /** The names of the classes, by number. */
  public static final List<String> CLASSES =
      List.of(
          "disc",
          "square",
          "triangle",
          "ring",
          "cross",
          "star",
          "half-disc",
          "bar",
          "frame",
          "two-discs");

  private static final int SIZE = 32;
  private static final int PLANE = SIZE * SIZE;

  private DrawnShapes() {}

  /**
   * Training and test images that share none.
   *
   * @param train at least 1, at most 699,050: what one array holds
   * @param test as many
   */
  public static Split split(int train, int test, long seed) {
    return new Split(draw(train, 0, seed), draw(test, train, seed));
  }

  private static Dataset draw(int count, int first, long seed) {
    if (count < 1) {
      throw new PortafilterException("a data set needs at least one image, got " + count);
    }
    byte[] pixels = new byte[Limits.length(count, 3 * PLANE, "drawn shapes", "draw fewer")];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      Philox random = new Philox(seed, Philox.streamOf("shape") + first + i);
      labels[i] = random.nextInt(CLASSES.size());
      draw(labels[i], random, pixels, i * 3 * PLANE);
    }
    return Dataset.of(pixels, Shape.of(3, SIZE, SIZE), labels);
  }

  private static void draw(int kind, Philox random, byte[] pixels, int at) {
    double[] ink = colour(random);
    double[] ground = colour(random);
    while (distance(ink, ground) < 0.45) {
      ground = colour(random);
    }
    double angle = random.uniform(0, 2 * Math.PI);
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    double radius = random.uniform(7, 12);
    double x0 = SIZE / 2.0 + random.uniform(-4, 4);
    double y0 = SIZE / 2.0 + random.uniform(-4, 4);
    double stripes = random.uniform(0, 0.25);
    double wave = random.uniform(0.3, 1.2);
    double noise = random.uniform(0.02, 0.1);
    for (int i = 0; i < PLANE; i++) {
      double dx = (i % SIZE + 0.5 - x0) / radius;
      double dy = (i / SIZE + 0.5 - y0) / radius;
      double inside = -signedDistance(kind, cos * dx + sin * dy, cos * dy - sin * dx) * radius;
      double cover = Math.min(1, Math.max(0, inside + 0.5));
      double light = stripes * StrictMath.sin(wave * (sin * (i % SIZE) + cos * (i / SIZE)));
      for (int c = 0; c < 3; c++) {
        double value = cover * ink[c] + (1 - cover) * (ground[c] + light);
        value += noise * random.nextGaussian();
        pixels[at + c * PLANE + i] = (byte) Math.round(255 * Math.min(1, Math.max(0, value)));
      }
    }
  }

  private static double[] colour(Philox random) {
    return new double[] {random.uniform(0, 1), random.uniform(0, 1), random.uniform(0, 1)};
  }

  private static double distance(double[] a, double[] b) {
    return Math.sqrt(
        (a[0] - b[0]) * (a[0] - b[0])
            + (a[1] - b[1]) * (a[1] - b[1])
            + (a[2] - b[2]) * (a[2] - b[2]));
  }

  /** How far a point is outside the shape, negative inside, in units of the shape's radius. */
  private static double signedDistance(int kind, double x, double y) {
    double r = Math.sqrt(x * x + y * y);
    return switch (kind) {
      case 0 -> r - 0.9;
      case 1 -> box(x, y, 0.8, 0.8);
      case 2 -> triangle(x, y);
      case 3 -> Math.abs(r - 0.72) - 0.22;
      case 4 -> Math.min(box(x, y, 1, 0.28), box(x, y, 0.28, 1));
      case 5 -> Math.min(triangle(x, y), triangle(-x, -y));
      case 6 -> Math.max(r - 1, -y - 0.15);
      case 7 -> box(x, y, 1.1, 0.32);
      case 8 -> Math.abs(box(x, y, 0.72, 0.72)) - 0.18;
      default -> Math.min(disc(x - 0.58, y), disc(x + 0.58, y)) - 0.42;
    };
  }

  private static double disc(double x, double y) {
    return Math.sqrt(x * x + y * y);
  }

  private static double box(double x, double y, double halfWidth, double halfHeight) {
    return Math.max(Math.abs(x) - halfWidth, Math.abs(y) - halfHeight);
  }

  /** An equilateral triangle around the origin. */
  private static double triangle(double x, double y) {
    return Math.max(0.866 * Math.abs(x) + 0.5 * y, -y) - 0.52;
  }
}
