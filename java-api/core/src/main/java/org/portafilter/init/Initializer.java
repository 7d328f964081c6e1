package org.portafilter.init;

import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/** How a parameter begins. */
public interface Initializer {
  /**
   * Values for a parameter, row-major.
   *
   * @param shape the parameter's shape; weights are O x I x kernel height x kernel width, or O x I
   * @param random a sequence of the parameter's own
   */
  double[] values(Shape shape, Philox random);
}
