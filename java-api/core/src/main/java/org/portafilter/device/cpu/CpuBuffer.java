package org.portafilter.device.cpu;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.portafilter.binding.Kernels;
import org.portafilter.binding.Memory;
import org.portafilter.device.Buffer;
import org.portafilter.device.HostView;
import org.portafilter.device.Leaks;
import org.portafilter.shape.PortafilterException;

/**
 * Mapped memory; a forgotten one is freed by a cleaner, which reports it.
 *
 * <p>Closing gives the pages back at once. The addresses stay reserved until the last view of them
 * has been collected, so that reading a view of closed memory gives zeros and never brings the
 * process down.
 */
final class CpuBuffer implements Buffer {
  private static final Cleaner CLEANER = Cleaner.create();

  private final Mapping mapping;
  private final Cleaner.Cleanable cleanable;

  private CpuBuffer(Mapping mapping) {
    this.mapping = mapping;
    this.cleanable = CLEANER.register(this, mapping::forget);
  }

  static CpuBuffer map(long bytes) {
    HostMemory.require(bytes);
    long[] address = new long[1];
    Status.check(Kernels.pf_memory_map(bytes, address), "mapping " + bytes + " bytes");
    Leaks.opened();
    return new CpuBuffer(new Mapping(address[0], bytes));
  }

  @Override
  public long address() {
    mapping.requireOpen();
    return mapping.address;
  }

  @Override
  public long bytes() {
    return mapping.bytes;
  }

  @Override
  public HostView view(long offset, long bytes) {
    return new Mapped(buffer(offset, bytes));
  }

  @Override
  public void read(long offset, ByteBuffer to) {
    to.put(buffer(offset, to.remaining()));
  }

  @Override
  public void write(long offset, ByteBuffer from) {
    buffer(offset, from.remaining()).put(from);
  }

  private ByteBuffer buffer(long offset, long bytes) {
    if (bytes > Integer.MAX_VALUE) {
      throw new PortafilterException(
          String.format(
              Locale.ROOT,
              "a view holds at most %,d bytes, this needs %,d; use a smaller batch",
              Integer.MAX_VALUE,
              bytes));
    }
    if (offset < 0 || bytes < 0 || offset > mapping.bytes - bytes) {
      throw new PortafilterException(
          "view of "
              + bytes
              + " bytes at "
              + offset
              + " does not fit a buffer of "
              + mapping.bytes
              + " bytes");
    }
    mapping.retain();
    ByteBuffer view = Memory.buffer(mapping.address + offset, bytes);
    CLEANER.register(view, mapping::release);
    return view;
  }

  @Override
  public void close() {
    mapping.close();
    cleanable.clean();
  }

  /** The host reaches this memory, so that nothing has to move. */
  private record Mapped(ByteBuffer bytes) implements HostView {
    @Override
    public void upload() {
      // Written in place.
    }

    @Override
    public void download() {
      // Read in place.
    }
  }

  /** The memory itself; it must not see the buffer, which the cleaner waits for. */
  private static final class Mapping {
    private final long address;
    private final long bytes;
    private int holders = 1;
    private boolean closed;

    Mapping(long address, long bytes) {
      this.address = address;
      this.bytes = bytes;
    }

    synchronized void requireOpen() {
      if (closed) {
        throw new PortafilterException("this memory was closed; open a new session or network");
      }
    }

    /** One more view. */
    synchronized void retain() {
      requireOpen();
      holders++;
    }

    /** One view, or the buffer, less. */
    synchronized void release() {
      if (--holders == 0) {
        Kernels.pf_memory_unmap(address, bytes);
      }
    }

    synchronized void close() {
      if (!closed) {
        closed = true;
        Kernels.pf_memory_release(address, bytes);
        Leaks.closed(true, bytes);
      }
    }

    /** The buffer is unreachable or closed. */
    void forget() {
      synchronized (this) {
        if (!closed) {
          closed = true;
          Leaks.closed(false, bytes);
        }
      }
      release();
    }
  }
}
