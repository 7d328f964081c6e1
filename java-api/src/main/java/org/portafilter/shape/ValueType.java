package org.portafilter.shape;

/** What a value looks like: its logical shape and its element type. */
public record ValueType(Shape shape, DType dtype) {
  /** Bytes of a packed value of this type. */
  public long bytes() {
    return shape.count() * dtype.bytes();
  }

  @Override
  public String toString() {
    return shape + " " + dtype;
  }
}
