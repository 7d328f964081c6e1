package org.portafilter.device;

import java.nio.ByteBuffer;

/** A piece of device memory with one owner, who closes it. */
public interface Buffer extends AutoCloseable {
  /** Address of the first byte. */
  long address();

  /** Usable bytes. */
  long bytes();

  /**
   * The host's side of a part, up to date. Nothing may be sent through it after {@link #close()}.
   *
   * @param bytes at most {@code Integer.MAX_VALUE}
   */
  HostView view(long offset, long bytes);

  /** Copies what lies at {@code offset} into all that remains of a host buffer. */
  void read(long offset, ByteBuffer to);

  /** Copies all that remains of a host buffer to {@code offset}. */
  void write(long offset, ByteBuffer from);

  /** Gives the memory back; a second call does nothing. */
  @Override
  void close();
}
