package org.portafilter.shape;

import java.util.Locale;

/** What a value looks like: its logical shape, its element type, and its order in memory. */
public record ValueType(Shape shape, DType dtype, Layout layout) {
  private static final long MOST_BYTES = 1L << 48;

  /** A value in {@link Layout#PLAIN}. */
  public ValueType(Shape shape, DType dtype) {
    this(shape, dtype, Layout.PLAIN);
  }

  /** The type as a user sees it: in plain order, and single precision where it was narrowed. */
  public ValueType plain() {
    return new ValueType(shape, dtype.isNarrow() ? DType.FLOAT32 : dtype, Layout.PLAIN);
  }

  /** The same values in another element type. */
  public ValueType withDtype(DType dtype) {
    return new ValueType(shape, dtype, layout);
  }

  /** The same values in another order. */
  public ValueType withLayout(Layout layout) {
    return new ValueType(shape, dtype, layout);
  }

  /**
   * Bytes of a value of this type, with the zeros that its layout puts behind the last channel.
   *
   * @throws ShapeException when they are more than any machine addresses, 2^48; sums over the
   *     values of a plan then fit a {@code long}
   */
  public long bytes() {
    long count = shape.count();
    long stored = 1;
    long each = 1;
    if (layout == Layout.CHANNEL_BLOCKS) {
      each = shape.dim(1);
      stored = (each + Layout.BLOCK - 1) / Layout.BLOCK * Layout.BLOCK;
    }
    if (count / each > MOST_BYTES / dtype.bytes() / stored) {
      throw new ShapeException(
          String.format(
              Locale.ROOT,
              "a value of %s is more than any machine addresses, %,d bytes; use a smaller batch or smaller images",
              this,
              MOST_BYTES));
    }
    return count / each * stored * dtype.bytes();
  }

  @Override
  public String toString() {
    return shape + " " + dtype + (layout == Layout.PLAIN ? "" : " " + layout);
  }
}
