package org.portafilter.shape;

/** What a value looks like: its logical shape, its element type, and its order in memory. */
public record ValueType(Shape shape, DType dtype, Layout layout) {
  /** A value in {@link Layout#PLAIN}. */
  public ValueType(Shape shape, DType dtype) {
    this(shape, dtype, Layout.PLAIN);
  }

  /** The same values in another order. */
  public ValueType withLayout(Layout layout) {
    return new ValueType(shape, dtype, layout);
  }

  /** Bytes of a packed value of this type. */
  public long bytes() {
    return shape.count() * dtype.bytes();
  }

  @Override
  public String toString() {
    return shape + " " + dtype + (layout == Layout.PLAIN ? "" : " " + layout);
  }
}
