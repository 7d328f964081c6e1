package org.portafilter.device;

import java.nio.ByteBuffer;

/** A piece of device memory with one owner, who closes it. */
public interface Buffer extends AutoCloseable {
  /** Address of the first byte. */
  long address();

  /** Usable bytes. */
  long bytes();

  /**
   * Host view of a part, in native byte order. It must not be used after {@link #close()}.
   *
   * @param bytes at most {@code Integer.MAX_VALUE}
   */
  ByteBuffer view(long offset, long bytes);

  /** Gives the memory back; a second call does nothing. */
  @Override
  void close();
}
