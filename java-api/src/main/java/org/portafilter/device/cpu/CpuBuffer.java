package org.portafilter.device.cpu;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.portafilter.binding.Kernels;
import org.portafilter.binding.Memory;
import org.portafilter.device.Buffer;
import org.portafilter.device.Leaks;
import org.portafilter.shape.PortafilterException;

/** Mapped memory; a forgotten one is freed by a cleaner, which reports it. */
final class CpuBuffer implements Buffer {
  private static final Cleaner CLEANER = Cleaner.create();

  private final Mapping mapping;
  private final Cleaner.Cleanable cleanable;

  private CpuBuffer(Mapping mapping) {
    this.mapping = mapping;
    this.cleanable = CLEANER.register(this, mapping);
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
    requireOpen();
    return mapping.address;
  }

  @Override
  public long bytes() {
    return mapping.bytes;
  }

  @Override
  public ByteBuffer view(long offset, long bytes) {
    requireOpen();
    if (offset < 0 || bytes < 0 || offset + bytes > mapping.bytes || bytes > Integer.MAX_VALUE) {
      throw new PortafilterException(
          "view of "
              + bytes
              + " bytes at "
              + offset
              + " does not fit a buffer of "
              + mapping.bytes
              + " bytes");
    }
    return Memory.buffer(mapping.address + offset, bytes);
  }

  private void requireOpen() {
    if (mapping.closed.get()) {
      throw new PortafilterException("this memory was closed; open a new session or network");
    }
  }

  @Override
  public void close() {
    mapping.properly = true;
    cleanable.clean();
  }

  /** What the cleaner frees; it must not see the buffer itself. */
  private static final class Mapping implements Runnable {
    private final long address;
    private final long bytes;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean properly;

    Mapping(long address, long bytes) {
      this.address = address;
      this.bytes = bytes;
    }

    @Override
    public void run() {
      if (closed.compareAndSet(false, true)) {
        Kernels.pf_memory_unmap(address, bytes);
        Leaks.closed(properly, bytes);
      }
    }
  }
}
