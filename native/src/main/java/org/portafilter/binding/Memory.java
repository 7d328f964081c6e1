package org.portafilter.binding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;

/** Java's view of native memory. */
public final class Memory {
  private Memory() {}

  /**
   * A buffer over {@code bytes} bytes at {@code address} in native byte order; it owns nothing.
   *
   * @param bytes at most {@code Integer.MAX_VALUE}
   */
  public static ByteBuffer buffer(long address, long bytes) {
    return new Window(address, bytes).asByteBuffer().order(ByteOrder.nativeOrder());
  }

  /** A pointer to memory that somebody else owns. */
  private static final class Window extends BytePointer {
    Window(long address, long bytes) {
      this.address = address;
      this.limit = bytes;
      this.capacity = bytes;
    }
  }
}
