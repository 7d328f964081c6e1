package org.portafilter.init;

import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.tensor.Philox;

/**
 * A random orthogonal matrix times {@code gain} (Saxe et al. 2014): weights are seen as outputs x
 * (everything else); the rows, or the columns where these are fewer, are orthonormal. Gaussian
 * vectors are made so one after the other (Gram and Schmidt, twice for accuracy).
 */
public record Orthogonal(double gain) implements Initializer {
  /** Checks that the gain is above 0. */
  public Orthogonal {
    if (!(gain > 0)) {
      throw new PortafilterException("Orthogonal needs a gain above 0, got " + gain);
    }
  }

  /** Orthonormal rows or columns. */
  public static Orthogonal of() {
    return new Orthogonal(1);
  }

  /** The same times {@code gain}; {@code sqrt(2)} suits layers followed by a ReLU. */
  public static Orthogonal of(double gain) {
    return new Orthogonal(gain);
  }

  @Override
  public double[] values(Shape shape, Philox random) {
    if (shape.rank() < 2) {
      throw new ShapeException(
          "Orthogonal needs weights of rank 2 or more, got a parameter of shape " + shape);
    }
    int rows = Math.toIntExact(shape.dim(0));
    int columns = Math.toIntExact(shape.count() / rows);
    double[][] vectors = orthonormal(Math.min(rows, columns), Math.max(rows, columns), random);
    double[] values = new double[rows * columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        double value = rows <= columns ? vectors[row][column] : vectors[column][row];
        values[row * columns + column] = gain * value;
      }
    }
    return values;
  }

  private static double[][] orthonormal(int count, int length, Philox random) {
    double[][] vectors = new double[count][length];
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < length; k++) {
        vectors[i][k] = random.nextGaussian();
      }
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < i; j++) {
          subtract(vectors[i], vectors[j], dot(vectors[i], vectors[j]));
        }
      }
      double norm = StrictMath.sqrt(dot(vectors[i], vectors[i]));
      for (int k = 0; k < length; k++) {
        vectors[i][k] /= norm;
      }
    }
    return vectors;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  private static void subtract(double[] from, double[] direction, double factor) {
    for (int k = 0; k < from.length; k++) {
      from[k] -= factor * direction[k];
    }
  }
}
