package org.portafilter.device.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A kernel's parameter struct, field by field, each of eight bytes. */
final class Params {
  private static final int MOST_FIELDS = 40;

  private final ByteBuffer bytes =
      ByteBuffer.allocate(8 * MOST_FIELDS).order(ByteOrder.nativeOrder());

  /** An address or an integer. */
  Params add(long value) {
    bytes.putLong(value);
    return this;
  }

  /** Several addresses or integers. */
  Params add(long... values) {
    for (long value : values) {
      bytes.putLong(value);
    }
    return this;
  }

  /** A flag: 1 or 0. */
  Params add(boolean value) {
    return add(value ? 1L : 0L);
  }

  /** A real number. */
  Params add(double value) {
    bytes.putDouble(value);
    return this;
  }

  /** What was added. */
  ByteBuffer bytes() {
    return bytes.duplicate().order(ByteOrder.nativeOrder()).flip();
  }
}
