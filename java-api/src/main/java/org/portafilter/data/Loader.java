package org.portafilter.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.PortafilterException;
import org.portafilter.tensor.Philox;

/**
 * Gathers batches on a thread of its own, a few ahead of the consumer. Its buffers are made once;
 * taking a batch allocates nothing.
 */
public final class Loader implements AutoCloseable {
  private static final int AHEAD = 3;

  /** One batch being passed back and forth. */
  private static final class Slot {
    final ByteBuffer images;
    final ByteBuffer labels;
    int count;

    Slot(int imageBytes, int targetBytes, int batch) {
      images =
          ByteBuffer.allocateDirect(Math.multiplyExact(imageBytes, batch))
              .order(ByteOrder.nativeOrder());
      labels =
          ByteBuffer.allocateDirect(Math.multiplyExact(targetBytes, batch))
              .order(ByteOrder.nativeOrder());
    }
  }

  private final Batches batches;
  private final int imageBytes;
  private final int targetBytes;
  private final Slot[] slots = new Slot[AHEAD];
  private BlockingQueue<Slot> free = new ArrayBlockingQueue<>(AHEAD);
  private BlockingQueue<Slot> full = new ArrayBlockingQueue<>(AHEAD + 1);
  private @Nullable Thread thread;
  private int left;
  private volatile @Nullable Throwable failure;

  /** A loader of these batches; {@link #start} begins a pass over them. */
  public Loader(Batches batches) {
    this.batches = batches;
    this.imageBytes =
        Math.toIntExact(batches.dataset().shape().count() * batches.dataset().dtype().bytes());
    this.targetBytes = Math.toIntExact(4 * batches.dataset().target().shape().count());
    for (int i = 0; i < AHEAD; i++) {
      slots[i] = new Slot(imageBytes, targetBytes, batches.size());
    }
  }

  /**
   * Starts gathering a pass; a pass that is not over is given up.
   *
   * @param order the position in the data set of each image, a permutation
   * @param firstBatch batches to skip, when resuming
   * @param seed of the augmentations
   * @param epoch of the augmentations: every epoch draws anew
   */
  public void start(int[] order, int firstBatch, long seed, int epoch) {
    close();
    failure = null;
    left = batches.count() - firstBatch;
    BlockingQueue<Slot> toFill = new ArrayBlockingQueue<>(AHEAD, false, List.of(slots));
    BlockingQueue<Slot> filled = new ArrayBlockingQueue<>(AHEAD + 1);
    free = toFill;
    full = filled;
    Pass pass = new Pass(order, firstBatch, seed, epoch);
    Thread gatherer = new Thread(() -> gather(pass, toFill, filled), "portafilter-loader");
    gatherer.setDaemon(true);
    gatherer.start();
    thread = gatherer;
  }

  /** One pass over the data set. */
  private record Pass(int[] order, int firstBatch, long seed, int epoch) {}

  private void gather(Pass pass, BlockingQueue<Slot> toFill, BlockingQueue<Slot> filled) {
    try {
      for (int batch = pass.firstBatch; batch < batches.count(); batch++) {
        Slot slot = toFill.take();
        slot.count = batches.size(batch);
        for (int i = 0; i < slot.count; i++) {
          int index = pass.order[batch * batches.size() + i];
          gather(pass, index, slot.images, i * imageBytes);
          batches.dataset().copyTarget(index, slot.labels, i * targetBytes);
        }
        filled.put(slot);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      failure = e;
      filled.offer(new Slot(0, 0, 0));
    }
  }

  private void gather(Pass pass, int index, ByteBuffer to, int position) {
    if (batches.augmentations().isEmpty()) {
      batches.dataset().copy(index, to, position);
      return;
    }
    Philox random = new Philox(pass.seed, Philox.streamOf("augment/" + pass.epoch + "/" + index));
    float[] pixels = batches.dataset().features(index);
    for (Augmentation augmentation : batches.augmentations()) {
      augmentation.apply(pixels, batches.dataset().shape(), random);
    }
    batches.dataset().put(pixels, to, position);
  }

  /** Images in the next batch, or 0 at the end. */
  public int nextSize() {
    return left == 0 ? 0 : batches.size(batches.count() - left);
  }

  /**
   * Moves the next batch into these buffers.
   *
   * @param images room for the batch's images in the data set's type
   * @param labels room for the batch's targets: four bytes each
   */
  public void take(ByteBuffer images, ByteBuffer labels) {
    try {
      Slot slot = full.take();
      Throwable failed = failure;
      if (failed != null) {
        throw new PortafilterException("gathering a batch failed: " + failed.getMessage(), failed);
      }
      images.put(0, slot.images, 0, slot.count * imageBytes);
      labels.put(0, slot.labels, 0, slot.count * targetBytes);
      free.add(slot);
      left--;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PortafilterException("interrupted while waiting for a batch", e);
    }
  }

  /**
   * Stops gathering; {@link #start} may be called again. It waits for the thread even when
   * interrupted, because the next pass fills the same buffers.
   */
  @Override
  public void close() {
    Thread gatherer = thread;
    boolean interrupted = false;
    while (gatherer != null && gatherer.isAlive()) {
      gatherer.interrupt();
      try {
        gatherer.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    thread = null;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
