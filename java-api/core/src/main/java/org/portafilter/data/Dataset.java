package org.portafilter.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Philox;

/**
 * Images in memory, as bytes or as floats, with what each should give: a class, or some numbers.
 * They lie in one Java array, which holds 2,147,483,639 values: 2 GB of bytes or 8 GB of floats.
 *
 * <pre>{@code
 * Dataset data = Dataset.of(pixels, Shape.of(1, 28, 28), labels);
 * Split split = Split.of(data, 0.2, 42);
 * Dataset prices = Dataset.of(features, Shape.of(8), targets, Shape.of(1));
 * }</pre>
 */
public final class Dataset {
  private final byte @Nullable [] bytes;
  private final float @Nullable [] floats;
  private final Targets targets;
  private final Shape shape;
  private final int first;
  private final int size;

  private Dataset(
      byte @Nullable [] bytes,
      float @Nullable [] floats,
      Targets targets,
      Shape shape,
      int first,
      int size) {
    this.bytes = bytes;
    this.floats = floats;
    this.targets = targets;
    this.shape = shape;
    this.first = first;
    this.size = size;
  }

  /**
   * Images as unsigned bytes; the arrays are used, not copied.
   *
   * @param images one image after another, each row-major of {@code shape}
   * @param shape shape of one image, C x H x W
   * @param labels one class per image, at least 0
   */
  public static Dataset of(byte[] images, Shape shape, int[] labels) {
    return of(images, null, shape, Targets.classes(labels));
  }

  /**
   * Images or rows of features as floats; the arrays are used, not copied.
   *
   * @param images one after another, each row-major of {@code shape}
   * @param shape shape of one
   * @param labels one class per image, at least 0
   */
  public static Dataset of(float[] images, Shape shape, int[] labels) {
    return of(null, images, shape, Targets.classes(labels));
  }

  /**
   * Images as unsigned bytes with numbers to predict; the arrays are used, not copied.
   *
   * @param images one image after another, each row-major of {@code shape}
   * @param shape shape of one image, C x H x W
   * @param targets of one image after another, each row-major of {@code targetShape}
   * @param targetShape shape of one image's targets: that of the network's output
   */
  public static Dataset of(byte[] images, Shape shape, float[] targets, Shape targetShape) {
    return of(images, null, shape, Targets.numbers(targets, targetShape));
  }

  /**
   * Images or rows of features as floats with numbers to predict; the arrays are used, not copied.
   *
   * @param images one after another, each row-major of {@code shape}
   * @param shape shape of one
   * @param targets of one image after another, each row-major of {@code targetShape}
   * @param targetShape shape of one image's targets: that of the network's output
   */
  public static Dataset of(float[] images, Shape shape, float[] targets, Shape targetShape) {
    return of(null, images, shape, Targets.numbers(targets, targetShape));
  }

  private static Dataset of(
      byte @Nullable [] bytes, float @Nullable [] floats, Shape shape, Targets targets) {
    int size = targets.size();
    int values = bytes != null ? bytes.length : floats.length;
    if (size == 0) {
      throw new PortafilterException("a data set needs at least one image, got none");
    }
    if (values % shape.count() != 0 || values / shape.count() != size) {
      throw new PortafilterException(
          "%s images of shape %s with as many labels or targets need %s values each, got %s in all"
              .formatted(size, shape, shape.count(), values));
    }
    return new Dataset(bytes, floats, targets, shape, 0, size);
  }

  /** Number of images. */
  public int size() {
    return size;
  }

  /** Shape of one image. */
  public Shape shape() {
    return shape;
  }

  /** {@code UINT8} or {@code FLOAT32}. */
  public DType dtype() {
    return bytes != null ? DType.UINT8 : DType.FLOAT32;
  }

  /**
   * One more than the largest label.
   *
   * @throws PortafilterException when the targets are numbers
   */
  public int classes() {
    int most = 0;
    for (int i = 0; i < size; i++) {
      most = Math.max(most, label(i));
    }
    if (most == Integer.MAX_VALUE) {
      throw new PortafilterException(
          "label " + most + " makes more classes than can be counted; number them from 0");
    }
    return most + 1;
  }

  /**
   * The class of one image.
   *
   * @throws PortafilterException when the targets are numbers
   */
  public int label(int index) {
    return targets.label(first + checkIndex(index));
  }

  /** The numbers one image should give, row-major, a copy; a class is one number. */
  public float[] target(int index) {
    return targets.numbers(first + checkIndex(index));
  }

  /** The type of one image's target: rank 0 and {@code INT32} for classes, or {@code FLOAT32}. */
  public ValueType target() {
    return targets.type();
  }

  /**
   * The same images, each class a row of {@code classes} numbers: 1 for its own, 0 for the others.
   *
   * @throws PortafilterException when there is a label of {@code classes} or more, or the rows do
   *     not fit one array
   */
  public Dataset oneHot(int classes) {
    if (classes < 1) {
      throw new PortafilterException("one-hot rows need at least 1 class, got " + classes);
    }
    float[] rows =
        new float[Limits.length(size, classes, "one-hot rows", "use fewer classes or images")];
    for (int i = 0; i < size; i++) {
      if (label(i) >= classes) {
        throw new PortafilterException(
            "label %s of image %s is not below %s classes".formatted(label(i), i, classes));
      }
      rows[i * classes + label(i)] = 1;
    }
    int count = (int) shape.count();
    byte[] newBytes =
        bytes == null ? null : Arrays.copyOfRange(bytes, first * count, (first + size) * count);
    float[] newFloats =
        floats == null ? null : Arrays.copyOfRange(floats, first * count, (first + size) * count);
    return of(newBytes, newFloats, shape, Targets.numbers(rows, Shape.of(classes)));
  }

  /**
   * The bytes of one image, a copy.
   *
   * @throws PortafilterException when the images are floats
   */
  public byte[] image(int index) {
    if (bytes == null) {
      throw new PortafilterException(
          "the images of this data set are FLOAT32; use features(index)");
    }
    int count = (int) shape.count();
    int from = (first + checkIndex(index)) * count;
    return Arrays.copyOfRange(bytes, from, from + count);
  }

  /** The values of one image as floats, a copy; bytes become 0 to 255. */
  public float[] features(int index) {
    int count = (int) shape.count();
    int from = (first + checkIndex(index)) * count;
    if (floats != null) {
      return Arrays.copyOfRange(floats, from, from + count);
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = bytes[from + i] & 255;
    }
    return values;
  }

  private int checkIndex(int index) {
    if (index < 0 || index >= size) {
      throw new PortafilterException(
          "image " + index + " does not exist; the data set has " + size);
    }
    return index;
  }

  /**
   * A part of this data set over the same arrays: images {@code from} to {@code to - 1} in its own
   * order. Of a set sorted by class, as folders are read, a range holds some classes and misses
   * others: to hold images out for testing or validation, use {@link Split#of}.
   */
  public Dataset slice(int from, int to) {
    if (from < 0 || to > size || from >= to) {
      throw new PortafilterException("slice [" + from + ", " + to + ") of a data set of " + size);
    }
    return new Dataset(bytes, floats, targets, shape, first + from, to - from);
  }

  /**
   * The same images in another order, copied. A range of them is a random sample, with chance
   * shares of each class; {@link Split#of} gives the right ones.
   *
   * @param seed decides the order
   */
  public Dataset shuffled(long seed) {
    return select(new Philox(seed, Philox.streamOf("dataset")).permutation(size));
  }

  /**
   * Some of the images, in this order, copied.
   *
   * @param indices at least one; an image may come more than once
   * @throws PortafilterException when there is no such image, or all do not fit one array
   */
  public Dataset select(int... indices) {
    int count = (int) shape.count();
    int values =
        Limits.length(indices.length, count, "images of " + shape, "select fewer at a time");
    byte[] newBytes = bytes == null ? null : new byte[values];
    float[] newFloats = floats == null ? null : new float[values];
    int[] positions = new int[indices.length];
    for (int i = 0; i < indices.length; i++) {
      positions[i] = first + checkIndex(indices[i]);
      int from = positions[i] * count;
      if (bytes != null && newBytes != null) {
        System.arraycopy(bytes, from, newBytes, i * count, count);
      } else if (floats != null && newFloats != null) {
        System.arraycopy(floats, from, newFloats, i * count, count);
      }
    }
    return of(newBytes, newFloats, shape, targets.reordered(positions));
  }

  /** This data set cut into batches; the last may be smaller. */
  public Batches batches(int size) {
    return new Batches(this, size, List.of());
  }

  /** Writes values as one image, in the data set's own type, at a position of a buffer. */
  void put(float[] values, ByteBuffer to, int position) {
    for (int i = 0; i < values.length; i++) {
      if (bytes != null) {
        to.put(position + i, (byte) Math.min(255, Math.max(0, Math.round(values[i]))));
      } else {
        to.putFloat(position + 4 * i, values[i]);
      }
    }
  }

  /** Writes one image's target at a position of a buffer. */
  void copyTarget(int index, ByteBuffer to, int position) {
    targets.copy(first + index, to, position);
  }

  /** Writes one image's values, in the data set's own type, at a position of a buffer. */
  void copy(int index, ByteBuffer to, int position) {
    int count = (int) shape.count();
    int from = (first + index) * count;
    if (bytes != null) {
      to.put(position, bytes, from, count);
    } else {
      for (int i = 0; i < count; i++) {
        to.putFloat(position + 4 * i, floats[from + i]);
      }
    }
  }
}
