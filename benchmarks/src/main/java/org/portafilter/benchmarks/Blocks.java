package org.portafilter.benchmarks;

import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;

/** Where an element lies in a value's layout. */
final class Blocks {
  private Blocks() {}

  /** The place in memory of the element at this row-major position. */
  static int position(ValueType type, int plain) {
    if (type.layout() == Layout.PLAIN) {
      return plain;
    }
    int area = Math.toIntExact(type.shape().dim(2) * type.shape().dim(3));
    int channels = Math.toIntExact(type.shape().dim(1));
    int blocks = (channels + Layout.BLOCK - 1) / Layout.BLOCK;
    int image = plain / area / channels;
    int channel = plain / area % channels;
    int block = image * blocks + channel / Layout.BLOCK;
    return (block * area + plain % area) * Layout.BLOCK + channel % Layout.BLOCK;
  }
}
