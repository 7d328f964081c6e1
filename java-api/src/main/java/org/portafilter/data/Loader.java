package org.portafilter.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

    Slot(int imageBytes, int batch) {
      images =
          ByteBuffer.allocateDirect(Math.multiplyExact(imageBytes, batch))
              .order(ByteOrder.nativeOrder());
      labels = ByteBuffer.allocateDirect(4 * batch).order(ByteOrder.nativeOrder());
    }
  }

  private final Batches batches;
  private final int[] order;
  private final long seed;
  private final int epoch;
  private final int imageBytes;
  private final BlockingQueue<Slot> free = new ArrayBlockingQueue<>(AHEAD);
  private final BlockingQueue<Slot> full = new ArrayBlockingQueue<>(AHEAD + 1);
  private final Thread thread;
  private int left;
  private volatile @Nullable Throwable failure;

  /**
   * Starts gathering.
   *
   * @param order the position in the data set of each image, a permutation
   * @param firstBatch batches to skip, when resuming
   * @param seed of the augmentations
   * @param epoch of the augmentations: every epoch draws anew
   */
  public Loader(Batches batches, int[] order, int firstBatch, long seed, int epoch) {
    this.batches = batches;
    this.order = order;
    this.seed = seed;
    this.epoch = epoch;
    this.imageBytes =
        Math.toIntExact(batches.dataset().shape().count() * batches.dataset().dtype().bytes());
    this.left = batches.count() - firstBatch;
    for (int i = 0; i < AHEAD; i++) {
      free.add(new Slot(imageBytes, batches.size()));
    }
    this.thread = new Thread(() -> gather(firstBatch), "portafilter-loader");
    thread.setDaemon(true);
    thread.start();
  }

  private void gather(int firstBatch) {
    try {
      for (int batch = firstBatch; batch < batches.count(); batch++) {
        Slot slot = free.take();
        slot.count = batches.size(batch);
        for (int i = 0; i < slot.count; i++) {
          int index = order[batch * batches.size() + i];
          gather(index, slot.images, i * imageBytes);
          slot.labels.putInt(4 * i, batches.dataset().label(index));
        }
        full.put(slot);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      failure = e;
      full.offer(new Slot(0, 0));
    }
  }

  private void gather(int index, ByteBuffer to, int position) {
    if (batches.augmentations().isEmpty()) {
      batches.dataset().copy(index, to, position);
      return;
    }
    Philox random = new Philox(seed, Philox.streamOf("augment/" + epoch + "/" + index));
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
   * @param labels room for one {@code int} per image
   */
  public void take(ByteBuffer images, ByteBuffer labels) {
    try {
      Slot slot = full.take();
      Throwable failed = failure;
      if (failed != null) {
        throw new PortafilterException("gathering a batch failed: " + failed.getMessage(), failed);
      }
      images.put(0, slot.images, 0, slot.count * imageBytes);
      labels.put(0, slot.labels, 0, slot.count * 4);
      free.add(slot);
      left--;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PortafilterException("interrupted while waiting for a batch", e);
    }
  }

  /** Stops the thread. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
