package org.portafilter.device.cuda;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.portafilter.device.Buffer;
import org.portafilter.device.HostView;
import org.portafilter.device.Leaks;
import org.portafilter.shape.PortafilterException;

/**
 * Device memory; a forgotten one is freed by a cleaner, which reports it. A view is a copy that
 * lives as long as somebody reaches it: after the buffer was closed it holds what it last held.
 */
final class CudaBuffer implements Buffer {
  private static final Cleaner CLEANER = Cleaner.create();

  private final Piece piece;
  private final Cleaner.Cleanable cleanable;

  private CudaBuffer(Piece piece) {
    this.piece = piece;
    this.cleanable = CLEANER.register(this, piece::forget);
  }

  static CudaBuffer allocate(Driver driver, long bytes) {
    synchronized (driver) {
      long address = driver.allocate(bytes);
      Leaks.opened();
      return new CudaBuffer(new Piece(driver, address, bytes));
    }
  }

  @Override
  public long address() {
    piece.requireOpen();
    return piece.address;
  }

  @Override
  public long bytes() {
    return piece.bytes;
  }

  @Override
  public HostView view(long offset, long bytes) {
    requireInside(offset, bytes);
    synchronized (piece.driver) {
      View view = new View(this, offset, piece.driver.hostMemory(Math.toIntExact(bytes)));
      view.download();
      piece.driver.synchronize();
      return view;
    }
  }

  @Override
  public void read(long offset, ByteBuffer to) {
    requireInside(offset, to.remaining());
    int count;
    for (long at = offset; to.hasRemaining(); at += count) {
      synchronized (piece.driver) {
        ByteBuffer part = piece.driver.staging();
        count = Math.min(part.capacity(), to.remaining());
        part.clear().limit(count);
        piece.driver.download(part, address() + at);
        piece.driver.synchronize();
        to.put(part);
      }
    }
  }

  @Override
  public void write(long offset, ByteBuffer from) {
    requireInside(offset, from.remaining());
    int count;
    for (long at = offset; from.hasRemaining(); at += count) {
      synchronized (piece.driver) {
        ByteBuffer part = piece.driver.staging();
        count = Math.min(part.capacity(), from.remaining());
        part.clear().limit(count).put(0, from, from.position(), count);
        piece.driver.upload(address() + at, part);
        piece.driver.synchronize();
      }
      from.position(from.position() + count);
    }
  }

  private void requireInside(long offset, long bytes) {
    piece.requireOpen();
    if (bytes > Integer.MAX_VALUE) {
      throw new PortafilterException(
          String.format(
              Locale.ROOT,
              "a view holds at most %,d bytes, this needs %,d; use a smaller batch",
              Integer.MAX_VALUE,
              bytes));
    }
    if (offset < 0 || bytes < 0 || offset > piece.bytes - bytes) {
      throw new PortafilterException(
          "%s bytes at %s do not fit a buffer of %s bytes".formatted(bytes, offset, piece.bytes));
    }
  }

  @Override
  public void close() {
    piece.close(true);
    cleanable.clean();
  }

  /** A copy of a part in the host's memory. */
  private static final class View implements HostView {
    private final CudaBuffer buffer;
    private final long offset;
    private final ByteBuffer bytes;

    View(CudaBuffer buffer, long offset, ByteBuffer bytes) {
      this.buffer = buffer;
      this.offset = offset;
      this.bytes = bytes;
    }

    @Override
    public ByteBuffer bytes() {
      return bytes;
    }

    @Override
    public void upload() {
      buffer.piece.driver.upload(buffer.address() + offset, whole());
    }

    @Override
    public void download() {
      buffer.piece.driver.download(whole(), buffer.address() + offset);
    }

    /** All bytes, wherever the user left position and limit. */
    private ByteBuffer whole() {
      return bytes.duplicate().clear();
    }
  }

  /** The memory itself; it must not see the buffer, which the cleaner waits for. */
  private static final class Piece {
    private final Driver driver;
    private final long address;
    private final long bytes;
    private boolean closed;

    Piece(Driver driver, long address, long bytes) {
      this.driver = driver;
      this.address = address;
      this.bytes = bytes;
    }

    void requireOpen() {
      if (closed) {
        throw new PortafilterException("this memory was closed; open a new session or network");
      }
    }

    /** The buffer is unreachable. */
    void forget() {
      close(false);
    }

    void close(boolean properly) {
      synchronized (driver) {
        if (!closed) {
          closed = true;
          driver.synchronize();
          driver.free(address);
          Leaks.closed(properly, bytes);
        }
      }
    }
  }
}
