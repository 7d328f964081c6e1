package org.portafilter.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import org.portafilter.device.Buffer;
import org.portafilter.device.Device;
import org.portafilter.device.HostView;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * Values of one shape and element type in device memory, row-major.
 *
 * <pre>{@code
 * try (Tensor t = Tensor.allocate(Device.cpu(), Shape.of(2, 3), DType.FLOAT32)) {
 *   t.write(new float[] {1, 2, 3, 4, 5, 6});
 * }
 * }</pre>
 */
public final class Tensor implements AutoCloseable {
  /** Bytes copied at a time. */
  private static final int CHUNK = 1 << 20;

  private final ValueType type;
  private final Buffer buffer;
  private final long offset;
  private final boolean owner;
  private final AtomicLong changes = new AtomicLong();

  private Tensor(ValueType type, Buffer buffer, long offset, boolean owner) {
    this.type = type;
    this.buffer = buffer;
    this.offset = offset;
    this.owner = owner;
  }

  /** A zeroed tensor with memory of its own, which {@link #close()} gives back. */
  public static Tensor allocate(Device device, Shape shape, DType dtype) {
    ValueType type = new ValueType(shape, dtype);
    return new Tensor(type, device.allocate(type.bytes()), 0, true);
  }

  /** A tensor inside somebody else's buffer; closing it does nothing. */
  public static Tensor inside(Buffer buffer, long offset, ValueType type) {
    return new Tensor(type, buffer, offset, false);
  }

  /** Shape and element type. */
  public ValueType type() {
    return type;
  }

  /** Logical shape. */
  public Shape shape() {
    return type.shape();
  }

  /** Element type. */
  public DType dtype() {
    return type.dtype();
  }

  /** Address of the first element. */
  public long address() {
    return buffer.address() + offset;
  }

  /**
   * The host's side of all elements. Who writes through one that is older than the last run of a
   * session takes a new one, so that the session sees the change.
   */
  public HostView view() {
    changes.incrementAndGet();
    return buffer.view(offset, type.bytes());
  }

  /** Copies the bytes from {@code from} on into all that remains of a buffer, in native order. */
  public void read(long from, ByteBuffer to) {
    requireInside(from, to.remaining());
    buffer.read(offset + from, to);
  }

  /** Overwrites the bytes from {@code from} on with all that remains of a buffer. */
  public void write(long from, ByteBuffer bytes) {
    requireInside(from, bytes.remaining());
    changes.incrementAndGet();
    buffer.write(offset + from, bytes);
  }

  private void requireInside(long from, int bytes) {
    if (from < 0 || from > type.bytes() - bytes) {
      throw new PortafilterException(
          "%s bytes from %s on are not inside a tensor of %s bytes"
              .formatted(bytes, from, type.bytes()));
    }
  }

  /** Grows whenever elements may have been written from Java. */
  public long changes() {
    return changes.get();
  }

  /**
   * Overwrites all elements, converting to this tensor's type.
   *
   * @param values one per element, row-major
   */
  public void write(double... values) {
    requireCount(values.length);
    eachChunk(
        true,
        (view, first, count) -> {
          for (int i = 0; i < count; i++) {
            dtype().put(view, i, values[(int) first + i]);
          }
        });
  }

  /**
   * Overwrites all elements, converting to this tensor's type.
   *
   * @param values one per element, row-major
   */
  public void write(float[] values) {
    requireCount(values.length);
    eachChunk(
        true,
        (view, first, count) -> {
          if (dtype() == DType.FLOAT32) {
            view.asFloatBuffer().put(values, (int) first, count);
          } else {
            for (int i = 0; i < count; i++) {
              dtype().put(view, i, values[(int) first + i]);
            }
          }
        });
  }

  /** All elements as {@code float}, row-major, in a new array. */
  public float[] floats() {
    float[] values = new float[arrayCount()];
    eachChunk(
        false,
        (view, first, count) -> {
          if (dtype() == DType.FLOAT32) {
            view.asFloatBuffer().get(values, (int) first, count);
          } else {
            for (int i = 0; i < count; i++) {
              values[(int) first + i] = (float) dtype().get(view, i);
            }
          }
        });
    return values;
  }

  /** All elements as {@code double}, row-major, in a new array. */
  public double[] doubles() {
    double[] values = new double[arrayCount()];
    eachChunk(
        false,
        (view, first, count) -> {
          for (int i = 0; i < count; i++) {
            values[(int) first + i] = dtype().get(view, i);
          }
        });
    return values;
  }

  /** Copies all elements of a tensor of the same shape, converting between element types. */
  public void write(Tensor from) {
    if (!shape().equals(from.shape())) {
      throw new PortafilterException(
          "expected values of shape " + shape() + ", got " + from.shape());
    }
    if (dtype() != from.dtype()) {
      write(from.doubles());
      return;
    }
    ByteBuffer part = ByteBuffer.allocate((int) Math.min(CHUNK, type.bytes()));
    for (long at = 0; at < type.bytes(); at += CHUNK) {
      part.clear().limit((int) Math.min(CHUNK, type.bytes() - at));
      from.read(at, part);
      write(at, part.flip());
    }
  }

  private interface Chunk {
    void visit(ByteBuffer view, long first, int count);
  }

  private void eachChunk(boolean writes, Chunk chunk) {
    int size = dtype().bytes();
    long total = shape().count();
    int most = (int) Math.min(CHUNK / size, total);
    ByteBuffer part = ByteBuffer.allocate(most * size).order(ByteOrder.nativeOrder());
    for (long first = 0; first < total; first += most) {
      int count = (int) Math.min(most, total - first);
      part.clear().limit(count * size);
      if (writes) {
        chunk.visit(part, first, count);
        write(first * size, part);
      } else {
        read(first * size, part);
        chunk.visit(part.flip(), first, count);
      }
    }
  }

  private void requireCount(long count) {
    if (count != shape().count()) {
      throw new PortafilterException(
          "expected " + shape().count() + " values for shape " + shape() + ", got " + count);
    }
  }

  private int arrayCount() {
    if (shape().count() > Integer.MAX_VALUE - 8) {
      throw new PortafilterException(
          "a tensor of shape " + shape() + " does not fit a Java array; read it in parts");
    }
    return (int) shape().count();
  }

  /** Gives the memory back if this tensor owns it. */
  @Override
  public void close() {
    if (owner) {
      buffer.close();
    }
  }

  @Override
  public String toString() {
    return "Tensor(" + type + ")";
  }
}
