package org.portafilter.nn;

import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.portafilter.plan.Session;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;

/**
 * A session that takes arrays and gives arrays. Like its session it serves one thread at a time.
 *
 * <p>Values are taken in the type they are given in. A byte means what the float of the same value,
 * 0 to 255, does: a network that begins with a {@link Rescale} or a {@link Standardise} gives the
 * same answers to both. Where the session was planned for bytes, the first floats open a second one
 * beside it, with memory of its own; {@link Network#session(int, DType)} plans for floats at once.
 */
public final class Predictor implements AutoCloseable {
  private final Session session;
  private final @Nullable Network net;
  private final Map<DType, Session> sessions = new EnumMap<>(DType.class);
  private final AtomicBoolean busy = new AtomicBoolean();

  /**
   * A predictor over a session with the values {@code input} and {@code output}; it closes the
   * session.
   */
  public Predictor(Session session) {
    this(session, null);
  }

  /** A predictor that opens sessions for the types it is given. */
  Predictor(Network net, int batch, DType inputType) {
    this(Session.open(net.plan(batch, inputType), net.state()), net);
  }

  private Predictor(Session session, @Nullable Network net) {
    this.session = session;
    this.net = net;
    sessions.put(session.plan().type(Network.INPUT).dtype(), session);
  }

  /** The session it was opened with. */
  public Session session() {
    return session;
  }

  /**
   * Runs the network on bytes.
   *
   * @param images batch x C x H x W, row-major, as the session's batch demands; each counts 0 to
   *     255, and is the float of that value where the session is planned for floats
   * @return batch x outputs, row-major
   */
  public float[] predict(byte[] images) {
    return alone(() -> floats(ran(images)));
  }

  /**
   * Runs the network on floats.
   *
   * @param images batch x C x H x W, row-major, as the session's batch demands
   * @return batch x outputs, row-major
   * @throws PortafilterException when this predictor has nothing but a session for bytes
   */
  public float[] predict(float[] images) {
    return alone(() -> floats(ran(images)));
  }

  /**
   * Runs a network that computes in {@code FLOAT64} on doubles.
   *
   * @param images batch x C x H x W, row-major, as the session's batch demands
   * @return batch x outputs, row-major
   * @throws PortafilterException when the network computes in {@code FLOAT32}, to which doubles
   *     would have to be rounded
   */
  public double[] predict(double[] images) {
    return alone(() -> doubles(ran(images)));
  }

  private Session ran(byte[] images) {
    expect(images.length);
    Session bytes = sessions.get(DType.UINT8);
    Session to = bytes == null ? forFloats() : bytes;
    ByteBuffer input = to.view(Network.INPUT);
    if (bytes != null) {
      input.duplicate().put(0, images);
    } else {
      DType type = to.plan().type(Network.INPUT).dtype();
      for (int i = 0; i < images.length; i++) {
        type.put(input, i, images[i] & 255);
      }
    }
    to.run();
    return to;
  }

  private Session ran(float[] images) {
    expect(images.length);
    Session to = forFloats();
    ByteBuffer input = to.view(Network.INPUT);
    DType type = to.plan().type(Network.INPUT).dtype();
    for (int i = 0; i < images.length; i++) {
      type.put(input, i, images[i]);
    }
    to.run();
    return to;
  }

  private Session ran(double[] images) {
    expect(images.length);
    DType working = session.plan().spec().working();
    if (working != DType.FLOAT64) {
      throw new PortafilterException(
          "this network computes in %s, got values of FLOAT64; pass a float[], or create the network in FLOAT64"
              .formatted(working));
    }
    Session to = forFloats();
    to.view(Network.INPUT).asDoubleBuffer().put(images);
    to.run();
    return to;
  }

  /** The session for values of the working type; it is opened when the first of them come. */
  private Session forFloats() {
    DType working = session.plan().spec().working();
    Session known = sessions.get(working);
    if (known != null) {
      return known;
    }
    if (net == null) {
      throw new PortafilterException(
          "this predictor's session takes bytes (UINT8), got floats; pass a byte[], or open it with Network.session, which takes both");
    }
    int batch = Math.toIntExact(session.plan().type(Network.INPUT).shape().dim(0));
    Session opened = Session.open(net.plan(batch, working), net.state());
    sessions.put(working, opened);
    return opened;
  }

  /** The input is shared too: a second thread is refused before it writes. */
  private <T> T alone(Supplier<T> work) {
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

  private void expect(int count) {
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
  }

  private static float[] floats(Session session) {
    float[] output = new float[count(session)];
    ByteBuffer view = session.view(Network.OUTPUT);
    DType type = session.plan().type(Network.OUTPUT).dtype();
    for (int i = 0; i < output.length; i++) {
      output[i] = (float) type.get(view, i);
    }
    return output;
  }

  private static double[] doubles(Session session) {
    double[] output = new double[count(session)];
    ByteBuffer view = session.view(Network.OUTPUT);
    for (int i = 0; i < output.length; i++) {
      output[i] = view.getDouble(8 * i);
    }
    return output;
  }

  private static int count(Session session) {
    return Math.toIntExact(session.plan().type(Network.OUTPUT).shape().count());
  }

  /** Closes its sessions; the network stays open. */
  @Override
  public void close() {
    session.close();
    sessions.values().forEach(Session::close);
  }
}
