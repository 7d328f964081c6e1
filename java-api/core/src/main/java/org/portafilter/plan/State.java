package org.portafilter.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.portafilter.device.Buffer;
import org.portafilter.device.Device;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Tensor;

/**
 * Every named value that outlives a step: parameters, running statistics, optimizer moments; and
 * the number of steps done. Several sessions may share one state; while one trains it, the others
 * are refused.
 */
public final class State implements AutoCloseable {
  private static final int TRAINING = -1;

  private final Device device;
  private final Map<String, Tensor> entries = new LinkedHashMap<>();
  private final List<Buffer> buffers = new ArrayList<>();
  private final AtomicInteger readers = new AtomicInteger();
  private final List<Tensor> tensors = new ArrayList<>();
  private long step;
  private volatile long trainings;
  private boolean closed;

  /** An empty state. */
  public State(Device device) {
    this.device = device;
  }

  /**
   * Adds zeroed entries in one piece of memory; paths that exist already must have the same type.
   */
  public void define(Map<String, ValueType> types) {
    Map<String, ValueType> missing = new LinkedHashMap<>(types);
    missing.keySet().removeAll(entries.keySet());
    for (Map.Entry<String, ValueType> type : types.entrySet()) {
      Tensor known = entries.get(type.getKey());
      if (known != null && !known.type().equals(type.getValue())) {
        throw new PortafilterException(
            "state entry "
                + type.getKey()
                + " has type "
                + known.type()
                + ", asked for "
                + type.getValue());
      }
    }
    if (missing.isEmpty()) {
      return;
    }
    long bytes = missing.values().stream().mapToLong(t -> Arena.align(t.bytes())).sum();
    Buffer buffer = device.allocate(bytes);
    buffers.add(buffer);
    long offset = 0;
    for (Map.Entry<String, ValueType> type : missing.entrySet()) {
      Tensor tensor = Tensor.inside(buffer, offset, type.getValue());
      entries.put(type.getKey(), tensor);
      tensors.add(tensor);
      offset += Arena.align(type.getValue().bytes());
    }
  }

  /** All entries by path, in the order they were defined. */
  public Map<String, Tensor> entries() {
    requireOpen();
    return Collections.unmodifiableMap(entries);
  }

  /**
   * One entry.
   *
   * @throws PortafilterException when there is none
   */
  public Tensor get(String path) {
    requireOpen();
    Tensor tensor = entries.get(path);
    if (tensor == null) {
      throw new PortafilterException(
          "the state has no entry " + path + "; it has " + entries.keySet());
    }
    return tensor;
  }

  /** Steps of training done. */
  public long step() {
    return step;
  }

  /** Sets the number of steps done, when resuming. */
  public void step(long step) {
    this.step = step;
  }

  /** Total bytes of all entries. */
  public long bytes() {
    return entries.values().stream().mapToLong(t -> t.type().bytes()).sum();
  }

  /** A state of its own with the same values, to run inference while this one is trained. */
  public State copy() {
    State copy = new State(device);
    Map<String, ValueType> types = new LinkedHashMap<>();
    entries.forEach((path, tensor) -> types.put(path, tensor.type()));
    copy.define(types);
    entries.forEach((path, tensor) -> copy.get(path).write(tensor));
    copy.step = step;
    return copy;
  }

  /** Grows whenever an entry may have changed: by training, or through {@link Tensor}. */
  long version() {
    long version = trainings;
    for (Tensor tensor : tensors) {
      version += tensor.changes();
    }
    return version;
  }

  void acquire(boolean training) {
    requireOpen();
    if (training) {
      if (!readers.compareAndSet(0, TRAINING)) {
        throw new PortafilterException(
            "this state is in use by another session; run one at a time, or train a copy()");
      }
    } else if (readers.getAndUpdate(n -> n == TRAINING ? n : n + 1) == TRAINING) {
      throw new PortafilterException(
          "this state is being trained by another session; use state.copy() for inference");
    }
  }

  void release(boolean training) {
    trainings += training ? 1 : 0;
    readers.updateAndGet(n -> training ? 0 : n - 1);
  }

  private void requireOpen() {
    if (closed) {
      throw new PortafilterException("this network was closed; create or load it again");
    }
  }

  /** Frees all entries; a second call does nothing. */
  @Override
  public void close() {
    closed = true;
    buffers.forEach(Buffer::close);
    buffers.clear();
  }
}
