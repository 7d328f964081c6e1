package org.portafilter.benchmarks;

import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;

/** Where an element lies in a value's layout. */
final class Blocks {
  static final int CHANNELS = 16;

  private Blocks() {}

  /** The place in memory of the element at this row-major position. */
  static int position(ValueType type, int plain) {
    if (type.layout() == Layout.PLAIN) {
      return plain;
    }
    int area = Math.toIntExact(type.shape().dim(2) * type.shape().dim(3));
    int channel = plain / area % Math.toIntExact(type.shape().dim(1));
    int block = plain / area - channel % CHANNELS;
    return (block * area + plain % area * CHANNELS) + channel % CHANNELS;
  }
}
