package org.portafilter.nn;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.portafilter.plan.Session;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;

/**
 * A session that takes arrays and gives arrays. Like its session it serves one thread at a time.
 */
public final class Predictor implements AutoCloseable {
  private final Session session;
  private final AtomicBoolean busy = new AtomicBoolean();

  /**
   * A predictor over a session with the values {@code input} and {@code output}; it closes the
   * session.
   */
  public Predictor(Session session) {
    this.session = session;
  }

  /** The session underneath. */
  public Session session() {
    return session;
  }

  /**
   * Runs the network on bytes.
   *
   * @param images batch x C x H x W, row-major, as the session's batch demands; converted to floats
   *     when the network does not begin with a {@link Rescale}
   * @return batch x outputs, row-major
   */
  public float[] predict(byte[] images) {
    return alone(() -> predictBytes(images));
  }

  private float[] predictBytes(byte[] images) {
    ValueType type = expect(images.length);
    ByteBuffer input = session.view(Network.INPUT);
    if (type.dtype() == DType.UINT8) {
      input.duplicate().put(0, images);
    } else {
      for (int i = 0; i < images.length; i++) {
        put(input, type.dtype(), i, images[i] & 255);
      }
    }
    return run();
  }

  /**
   * Runs the network on floats.
   *
   * @param images batch x C x H x W, row-major, as the session's batch demands; a network that
   *     begins with a {@link Rescale} takes bytes instead
   * @return batch x outputs, row-major
   */
  public float[] predict(float[] images) {
    return alone(() -> predictFloats(images));
  }

  private float[] predictFloats(float[] images) {
    ValueType type = expect(images.length);
    if (type.dtype() == DType.UINT8) {
      throw new PortafilterException(
          "this network takes bytes (UINT8) because it begins with a Rescale; pass a byte[]");
    }
    ByteBuffer input = session.view(Network.INPUT);
    for (int i = 0; i < images.length; i++) {
      put(input, type.dtype(), i, images[i]);
    }
    return run();
  }

  /** The input is shared too: a second thread is refused before it writes. */
  private float[] alone(Supplier<float[]> work) {
    if (!busy.compareAndSet(false, true)) {
      throw new PortafilterException(
          "this predictor is running on another thread; open one session per thread");
    }
    try {
      return work.get();
    } finally {
      busy.set(false);
    }
  }

  private ValueType expect(int count) {
    ValueType type = session.plan().type(Network.INPUT);
    if (type.shape().count() != count) {
      throw new PortafilterException(
          "expected "
              + type.shape().count()
              + " values for an input of shape "
              + type.shape()
              + ", got "
              + count);
    }
    return type;
  }

  private static void put(ByteBuffer input, DType dtype, int index, double value) {
    if (dtype == DType.FLOAT64) {
      input.putDouble(8 * index, value);
    } else {
      input.putFloat(4 * index, (float) value);
    }
  }

  private float[] run() {
    session.run();
    ValueType type = session.plan().type(Network.OUTPUT);
    float[] output = new float[Math.toIntExact(type.shape().count())];
    ByteBuffer view = session.view(Network.OUTPUT);
    for (int i = 0; i < output.length; i++) {
      output[i] =
          type.dtype() == DType.FLOAT64 ? (float) view.getDouble(8 * i) : view.getFloat(4 * i);
    }
    return output;
  }

  /** Closes the session. */
  @Override
  public void close() {
    session.close();
  }
}
