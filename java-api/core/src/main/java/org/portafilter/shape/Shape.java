package org.portafilter.shape;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The sizes of a tensor's dimensions, outermost first. Images are N x C x H x W, weights O x I x H
 * x W.
 */
public final class Shape {
  /** Most dimensions a tensor can have. */
  public static final int MAX_RANK = 8;

  private final long[] dims;

  private Shape(long[] dims) {
    this.dims = dims;
  }

  /**
   * A shape of the given sizes; none gives the shape of a single value.
   *
   * @throws ShapeException when a size is below 1, there are more than {@value #MAX_RANK}, or the
   *     element count does not fit a {@code long}
   */
  public static Shape of(long... dims) {
    if (dims.length > MAX_RANK) {
      throw new ShapeException(
          "a shape has at most " + MAX_RANK + " dimensions, got " + dims.length);
    }
    long count = 1;
    for (long dim : dims) {
      if (dim < 1) {
        throw new ShapeException(
            "every dimension must be at least 1, got " + Arrays.toString(dims));
      }
      try {
        count = Math.multiplyExact(count, dim);
      } catch (ArithmeticException e) {
        throw new ShapeException("more elements than a long can count: " + Arrays.toString(dims));
      }
    }
    return new Shape(dims.clone());
  }

  /** Number of dimensions. */
  public int rank() {
    return dims.length;
  }

  /** Size of one dimension, {@code 0 <= axis < rank()}. */
  public long dim(int axis) {
    return dims[axis];
  }

  /** Number of elements. */
  public long count() {
    long count = 1;
    for (long dim : dims) {
      count *= dim;
    }
    return count;
  }

  /** The sizes as a new array. */
  public long[] dims() {
    return dims.clone();
  }

  /** This shape with one more, outermost, dimension. */
  public Shape prepend(long size) {
    long[] more = new long[dims.length + 1];
    more[0] = size;
    System.arraycopy(dims, 0, more, 1, dims.length);
    return of(more);
  }

  /** This shape without its outermost dimension. */
  public Shape tail() {
    return new Shape(Arrays.copyOfRange(dims, 1, dims.length));
  }

  /** This shape with one dimension replaced. */
  public Shape with(int axis, long size) {
    long[] changed = dims.clone();
    changed[axis] = size;
    return of(changed);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape that && Arrays.equals(dims, that.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** The sizes joined by {@code x}, for example {@code 64x1x28x28}; {@code scalar} for rank 0. */
  @Override
  public String toString() {
    if (dims.length == 0) {
      return "scalar";
    }
    return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining("x"));
  }
}
