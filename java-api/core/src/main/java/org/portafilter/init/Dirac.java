package org.portafilter.init;

import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.tensor.Philox;

/**
 * Weights that pass their input on: an output channel is the input channel of the same number,
 * counted around where there are fewer inputs, taken from the middle of the window. So it is for as
 * many outputs as inputs, with groups or without. For a dense layer it is the identity matrix.
 */
public record Dirac() implements Initializer {
  /** The initializer. */
  public static Dirac of() {
    return new Dirac();
  }

  @Override
  public double[] values(Shape shape, Philox random) {
    if (shape.rank() < 2) {
      throw new ShapeException(
          "Dirac needs weights of rank 2 or more, got a parameter of shape " + shape);
    }
    int middle = 0;
    int taps = 1;
    for (int axis = 2; axis < shape.rank(); axis++) {
      int size = (int) shape.dim(axis);
      middle = middle * size + size / 2;
      taps *= size;
    }
    int in = Math.toIntExact(shape.dim(1));
    double[] values = new double[Math.toIntExact(shape.count())];
    for (int output = 0; output < shape.dim(0); output++) {
      values[(output * in + output % in) * taps + middle] = 1;
    }
    return values;
  }
}
