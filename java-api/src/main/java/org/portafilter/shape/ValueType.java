package org.portafilter.shape;

/** What a value looks like: its logical shape, its element type, and its order in memory. */
public record ValueType(Shape shape, DType dtype, Layout layout) {
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

  /** Bytes of a value of this type, with the zeros that its layout puts behind the last channel. */
  public long bytes() {
    if (layout != Layout.CHANNEL_BLOCKS) {
      return shape.count() * dtype.bytes();
    }
    long channels = shape.dim(1);
    long stored = (channels + Layout.BLOCK - 1) / Layout.BLOCK * Layout.BLOCK;
    return shape.dim(0) * stored * shape.dim(2) * shape.dim(3) * dtype.bytes();
  }

  @Override
  public String toString() {
    return shape + " " + dtype + (layout == Layout.PLAIN ? "" : " " + layout);
  }
}
