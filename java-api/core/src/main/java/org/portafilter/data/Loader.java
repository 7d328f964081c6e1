package org.portafilter.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.portafilter.device.MemoryException;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Philox;

/**
 * Gathers batches on a thread of its own, a few ahead of the consumer. Its buffers are made by the
 * first pass and kept until it is closed; taking a batch allocates nothing. They lie on the heap:
 * native buffers would be freed when a collection happens to find them.
 *
 * <pre>{@code
 * try (Loader loader = new Loader(data.batches(64))) {
 *   loader.start(order, 0, seed, epoch);
 *   while (loader.nextSize() > 0) {
 *     loader.take(session.view("input"), session.view("labels"));
 *   }
 * }
 * }</pre>
 */
public final class Loader implements AutoCloseable {
  private static final int AHEAD = 3;

  /** How long to wait for the thread before it is interrupted again. */
  private static final int PATIENCE_MILLISECONDS = 20;

  /** One batch being passed back and forth. */
  private static final class Slot {
    final ByteBuffer images;
    final ByteBuffer targets;
    int count;

    Slot(int imageBytes, int targetBytes) {
      images = ByteBuffer.allocate(imageBytes).order(ByteOrder.nativeOrder());
      targets = ByteBuffer.allocate(targetBytes).order(ByteOrder.nativeOrder());
    }
  }

  /** Stands for the batch that could not be gathered. */
  private static final Slot FAILED = new Slot(0, 0);

  private final Batches batches;
  private final int imageBytes;
  private final int targetBytes;
  private @Nullable List<Slot> slots;
  private @Nullable Pass pass;
  private int left;

  /**
   * A loader of these batches; {@link #start} begins a pass over them.
   *
   * @throws PortafilterException when a batch takes more bytes than one buffer holds, 2 GB; the
   *     message says how many images would fit
   */
  public Loader(Batches batches) {
    this.batches = batches;
    Dataset data = batches.dataset();
    ValueType image = new ValueType(data.shape(), data.dtype());
    bytes(image, batches.size(0));
    bytes(data.target(), batches.size(0));
    this.imageBytes = (int) image.bytes();
    this.targetBytes = (int) data.target().bytes();
  }

  /**
   * The bytes of so many values of a type.
   *
   * @throws PortafilterException when one buffer does not hold them
   */
  static int bytes(ValueType one, int count) {
    long most = Limits.MOST / one.dtype().bytes() / one.shape().count();
    if (count > most) {
      throw new PortafilterException(
          String.format(
              Locale.ROOT,
              "a batch of %s times %s is more than one buffer holds, %,d bytes; use %s",
              count,
              one,
              Limits.MOST,
              most == 0 ? "smaller images" : "batches of at most " + most));
    }
    return (int) (count * one.bytes());
  }

  /**
   * Starts gathering a pass; a pass that is not over is given up.
   *
   * @param order the position in the data set of each image, a permutation
   * @param firstBatch batches to skip, when resuming
   * @param seed of the augmentations
   * @param epoch of the augmentations: every epoch draws anew
   * @throws PortafilterException when the order does not fit the data set or there is no such batch
   * @throws MemoryException when the heap has no room for the batches gathered ahead
   */
  public void start(int[] order, int firstBatch, long seed, int epoch) {
    requireOrder(order);
    if (firstBatch < 0 || firstBatch > batches.count()) {
      throw new PortafilterException(
          "a pass cannot begin at batch %s of %s".formatted(firstBatch, batches.count()));
    }
    stop();
    Pass next = new Pass(order.clone(), firstBatch, seed, epoch, slots());
    next.thread.start();
    pass = next;
    left = batches.count() - firstBatch;
  }

  private void requireOrder(int[] order) {
    int size = batches.dataset().size();
    if (order.length != size) {
      throw new PortafilterException(
          "an order of %s images for a data set of %s images; it has each once"
              .formatted(order.length, size));
    }
    for (int index : order) {
      if (index < 0 || index >= size) {
        throw new PortafilterException(
            "the order names image %s; the data set has images 0 to %s".formatted(index, size - 1));
      }
    }
  }

  private List<Slot> slots() {
    List<Slot> made = slots;
    if (made == null) {
      int most = batches.size(0);
      Slot[] all = new Slot[Math.min(AHEAD, batches.count())];
      try {
        for (int i = 0; i < all.length; i++) {
          all[i] = new Slot(most * imageBytes, most * targetBytes);
        }
      } catch (OutOfMemoryError e) {
        long bytes = (long) all.length * most * ((long) imageBytes + targetBytes);
        throw new MemoryException(
            String.format(
                Locale.ROOT,
                "%s batches of %s images take %,d bytes of a heap of %,d; use a smaller batch or a larger -Xmx",
                all.length,
                most,
                bytes,
                Runtime.getRuntime().maxMemory()),
            Runtime.getRuntime().maxMemory());
      }
      made = List.of(all);
      slots = made;
    }
    return made;
  }

  /** One pass over the data set, and the thread that gathers it. */
  private final class Pass implements Runnable {
    final int[] order;
    final int firstBatch;
    final long seed;
    final int epoch;
    final BlockingQueue<Slot> free;
    final BlockingQueue<Slot> full;
    final Thread thread = new Thread(this, "portafilter-loader");
    volatile boolean stopped;
    volatile @Nullable Throwable failure;

    Pass(int[] order, int firstBatch, long seed, int epoch, List<Slot> slots) {
      this.order = order;
      this.firstBatch = firstBatch;
      this.seed = seed;
      this.epoch = epoch;
      this.free = new ArrayBlockingQueue<>(slots.size(), false, slots);
      this.full = new ArrayBlockingQueue<>(slots.size() + 1);
      thread.setDaemon(true);
    }

    /** Whatever ends the thread early is told to the consumer, who waits for batches. */
    @Override
    public void run() {
      try {
        for (int batch = firstBatch; batch < batches.count(); batch++) {
          Slot slot = free.take();
          if (!gather(batch, slot)) {
            return;
          }
          full.add(slot);
        }
      } catch (Throwable e) {
        failure = e;
        full.add(FAILED);
      }
    }

    /** False when the pass was stopped meanwhile. */
    private boolean gather(int batch, Slot slot) {
      slot.count = batches.size(batch);
      for (int i = 0; i < slot.count; i++) {
        if (stopped) {
          return false;
        }
        int index = order[batch * batches.size() + i];
        gather(index, slot.images, i * imageBytes);
        batches.dataset().copyTarget(index, slot.targets, i * targetBytes);
      }
      return true;
    }

    private void gather(int index, ByteBuffer to, int position) {
      Dataset data = batches.dataset();
      if (batches.augmentations().isEmpty()) {
        data.copy(index, to, position);
        return;
      }
      Philox random = new Philox(seed, Philox.streamOf("augment/" + epoch + "/" + index));
      float[] pixels = data.features(index);
      for (Augmentation augmentation : batches.augmentations()) {
        augmentation.apply(pixels, data.shape(), random);
      }
      data.put(pixels, to, position);
    }

    /**
     * Waits for the thread even when interrupted, because the next pass fills the same buffers; and
     * interrupts it again and again, because an augmentation may have taken the first for its own.
     */
    void stop() {
      stopped = true;
      boolean interrupted = false;
      while (thread.isAlive()) {
        thread.interrupt();
        try {
          thread.join(PATIENCE_MILLISECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Images in the next batch, or 0 at the end and where no pass was started. */
  public int nextSize() {
    return left == 0 ? 0 : batches.size(batches.count() - left);
  }

  /**
   * Copies the next batch into these buffers, from their first byte on, whatever their positions.
   *
   * @param images room for the batch's images in the data set's type
   * @param labels room for the batch's targets: four bytes for each number
   * @throws PortafilterException when gathering it failed, when a buffer has too little room, when
   *     no pass is under way, or when the thread is interrupted while it waits; after the last the
   *     batch may be taken again
   */
  public void take(ByteBuffer images, ByteBuffer labels) {
    Pass from = pass;
    Throwable failed = from == null || left > 0 ? null : from.failure;
    if (failed != null) {
      throw failed(failed);
    }
    if (from == null || left == 0) {
      throw new PortafilterException("no batch is left; call start to begin a pass");
    }
    requireRoom(images, nextSize() * imageBytes, "images");
    requireRoom(labels, nextSize() * targetBytes, "targets");
    Slot slot;
    try {
      slot = from.full.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PortafilterException("interrupted while waiting for a batch", e);
    }
    if (slot == FAILED) {
      left = 0;
      throw failed(from.failure);
    }
    images.put(0, slot.images, 0, slot.count * imageBytes);
    labels.put(0, slot.targets, 0, slot.count * targetBytes);
    from.free.add(slot);
    left--;
  }

  private static void requireRoom(ByteBuffer to, int bytes, String what) {
    if (to.limit() < bytes) {
      throw new PortafilterException(
          String.format(
              Locale.ROOT,
              "the batch's %s need %,d bytes, the buffer has %,d",
              what,
              bytes,
              to.limit()));
    }
  }

  private static PortafilterException failed(@Nullable Throwable failure) {
    String why = String.valueOf(failure);
    if (failure instanceof InterruptedException) {
      why = "its thread was interrupted";
    } else if (failure instanceof PortafilterException) {
      why = failure.getMessage();
    }
    return new PortafilterException("gathering a batch failed: " + why, failure);
  }

  private void stop() {
    Pass running = pass;
    if (running != null) {
      running.stop();
    }
    pass = null;
    left = 0;
  }

  /**
   * Stops gathering and lets go of the buffers; {@link #start} may be called again. A second call
   * does nothing.
   */
  @Override
  public void close() {
    stop();
    slots = null;
  }
}
