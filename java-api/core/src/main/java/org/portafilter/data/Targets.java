package org.portafilter.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** What each image should give: a class, or some numbers. */
final class Targets {
  private final int @Nullable [] classes;
  private final float @Nullable [] numbers;
  private final Shape shape;

  private Targets(int @Nullable [] classes, float @Nullable [] numbers, Shape shape) {
    this.classes = classes;
    this.numbers = numbers;
    this.shape = shape;
  }

  static Targets classes(int[] labels) {
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0) {
        throw new PortafilterException(
            "label %s of image %s is negative; classes begin at 0".formatted(labels[i], i));
      }
    }
    return new Targets(labels, null, Shape.of());
  }

  static Targets numbers(float[] numbers, Shape shape) {
    if (numbers.length % shape.count() != 0 || shape.count() > Limits.MOST) {
      throw new PortafilterException(
          "targets of shape %s need a multiple of %s numbers, got %s"
              .formatted(shape, shape.count(), numbers.length));
    }
    return new Targets(null, numbers, shape);
  }

  /** Of how many images. */
  int size() {
    return classes != null ? classes.length : numbers.length / count();
  }

  private int count() {
    return (int) shape.count();
  }

  /** The type of one image's. */
  ValueType type() {
    return new ValueType(shape, classes != null ? DType.INT32 : DType.FLOAT32);
  }

  int label(int index) {
    if (classes == null) {
      throw new PortafilterException(
          "the targets of this data set are numbers of shape %s, not classes; use target(index)"
              .formatted(shape));
    }
    return classes[index];
  }

  float[] numbers(int index) {
    if (numbers == null) {
      return new float[] {label(index)};
    }
    return Arrays.copyOfRange(numbers, index * count(), (index + 1) * count());
  }

  /** Writes one image's to a position of a buffer. */
  void copy(int index, ByteBuffer to, int position) {
    if (classes != null) {
      to.putInt(position, classes[index]);
      return;
    }
    for (int i = 0; i < count(); i++) {
      to.putFloat(position + 4 * i, numbers[index * count() + i]);
    }
  }

  /** Those of these images, in this order, copied. */
  Targets reordered(int[] order) {
    if (classes != null) {
      return new Targets(Arrays.stream(order).map(i -> classes[i]).toArray(), null, shape);
    }
    int values = Limits.length(order.length, count(), "targets of " + shape, "select fewer");
    float[] moved = new float[values];
    for (int i = 0; i < order.length; i++) {
      System.arraycopy(numbers, order[i] * count(), moved, i * count(), count());
    }
    return new Targets(null, moved, shape);
  }
}
