package org.portafilter.init;

import java.util.Arrays;
import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.tensor.Philox;

/** Values that are known beforehand: a fixed filter, measured statistics. */
public record Values(List<Double> values) implements Initializer {
  /** Copies the list. */
  public Values {
    values = List.copyOf(values);
  }

  /** These values, row-major. */
  public static Values of(double... values) {
    return new Values(Arrays.stream(values).boxed().toList());
  }

  @Override
  public double[] values(Shape shape, Philox random) {
    if (shape.count() != values.size()) {
      throw new ShapeException(
          "a parameter of shape %s needs %s values, got %s"
              .formatted(shape, shape.count(), values.size()));
    }
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
