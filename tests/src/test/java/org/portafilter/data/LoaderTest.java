package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * A loader that is closed, closed again, interrupted, given up, failed and started anew. The time
 * limit is there to end a test that hangs, not to measure one.
 */
@Tag("unit")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoaderTest {
  private static final int IMAGES = 10;

  /** Images of two bytes, twice their own number; labels three times it. */
  private static Dataset counted(int size) {
    byte[] pixels = new byte[2 * size];
    int[] labels = new int[size];
    for (int i = 0; i < size; i++) {
      pixels[2 * i] = (byte) (2 * i);
      pixels[2 * i + 1] = (byte) (2 * i);
      labels[i] = 3 * i;
    }
    return Dataset.of(pixels, Shape.of(1, 1, 2), labels);
  }

  private static int[] straight(int size) {
    return IntStream.range(0, size).toArray();
  }

  /** The images of the next batch, by number, after their labels were found to be theirs. */
  private static List<Integer> take(Loader loader) {
    int size = loader.nextSize();
    ByteBuffer images = ByteBuffer.allocate(2 * size);
    ByteBuffer labels = ByteBuffer.allocate(4 * size).order(ByteOrder.nativeOrder());
    loader.take(images, labels);
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      numbers.add((images.get(2 * i) & 255) / 2);
      assertEquals(images.get(2 * i), images.get(2 * i + 1));
      assertEquals(3 * numbers.get(i), labels.getInt(4 * i));
    }
    return numbers;
  }

  private static List<Integer> rest(Loader loader) {
    List<Integer> all = new ArrayList<>();
    while (loader.nextSize() > 0) {
      all.addAll(take(loader));
    }
    return all;
  }

  private static String refused(Runnable action) {
    return assertThrows(PortafilterException.class, action::run).getMessage();
  }

  private static final List<Integer> ALL = IntStream.range(0, IMAGES).boxed().toList();

  @Test
  void aPassGivesEveryImageInOrder() {
    int[] order = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    for (int batch = 1; batch <= IMAGES + 1; batch++) {
      try (Loader loader = new Loader(counted(IMAGES).batches(batch))) {
        loader.start(order, 0, 1, 0);
        assertEquals(List.of(9, 8, 7, 6, 5, 4, 3, 2, 1, 0), rest(loader));
        loader.start(straight(IMAGES), 0, 1, 0);
        assertEquals(ALL, rest(loader));
      }
    }
    try (Loader loader = new Loader(counted(IMAGES).batches(3))) {
      loader.start(straight(IMAGES), 2, 1, 0);
      assertEquals(List.of(6, 7, 8, 9), rest(loader));
      loader.start(straight(IMAGES), 4, 1, 0);
      assertEquals(0, loader.nextSize());
    }
  }

  @Test
  void aBatchMayBeLargerThanTheSet() {
    for (int size : new int[] {101, 1_000_000, Integer.MAX_VALUE - 1, Integer.MAX_VALUE}) {
      Batches batches = counted(100).batches(size);
      assertEquals(1, batches.count(), "batches of " + size);
      assertEquals(100, batches.size(0), "batches of " + size);
      try (Loader loader = new Loader(batches)) {
        loader.start(straight(100), 0, 1, 0);
        assertEquals(100, loader.nextSize());
        assertEquals(straight(100).length, rest(loader).size());
      }
    }
    Batches three = counted(IMAGES).batches(3);
    assertTrue(refused(() -> three.size(4)).contains("4 batches"));
    assertTrue(refused(() -> three.size(Integer.MAX_VALUE)).contains("4 batches"));
    assertTrue(refused(() -> three.size(-1)).contains("4 batches"));
  }

  @Test
  void aBatchBeyondWhatABufferHoldsIsRefusedByName() {
    ValueType image = new ValueType(Shape.of(3, 224, 224), DType.FLOAT32);
    assertEquals(602_112 * 3566, Loader.bytes(image, 3566));
    String message = refused(() -> Loader.bytes(image, 3567));
    assertTrue(message.contains("3567"), message);
    assertTrue(message.contains("3x224x224"), message);
    assertTrue(message.contains("at most 3566"), message);
    assertTrue(refused(() -> Loader.bytes(image, Integer.MAX_VALUE)).contains("at most 3566"));
    ValueType huge = new ValueType(Shape.of(1L << 62), DType.FLOAT32);
    assertTrue(refused(() -> Loader.bytes(huge, 1)).contains("smaller"));
  }

  @Test
  void closingTwiceIsClosingOnce() {
    Loader loader = new Loader(counted(IMAGES).batches(2));
    loader.close();
    loader.start(straight(IMAGES), 0, 1, 0);
    take(loader);
    loader.close();
    loader.close();
  }

  /** Nothing comes any more: asking must not wait for it. */
  @Test
  void takingWithoutAPassIsRefused() {
    Loader loader = new Loader(counted(IMAGES).batches(4));
    ByteBuffer images = ByteBuffer.allocate(8);
    ByteBuffer labels = ByteBuffer.allocate(16);
    assertEquals(0, loader.nextSize());
    assertTrue(refused(() -> loader.take(images, labels)).contains("start"));
    loader.start(straight(IMAGES), 0, 1, 0);
    take(loader);
    loader.close();
    assertEquals(0, loader.nextSize());
    assertTrue(refused(() -> loader.take(images, labels)).contains("start"));
    loader.start(straight(IMAGES), 0, 1, 0);
    assertEquals(ALL, rest(loader));
    assertTrue(refused(() -> loader.take(images, labels)).contains("start"));
    loader.close();
  }

  @Test
  void aPassGivenUpLeavesNothingBehind() {
    try (Loader loader = new Loader(counted(IMAGES).batches(1))) {
      for (int taken = 0; taken < IMAGES; taken++) {
        loader.start(new int[] {9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, 0, 1, 0);
        for (int i = 0; i < taken; i++) {
          assertEquals(List.of(9), take(loader));
        }
        loader.start(straight(IMAGES), 0, 1, 0);
        assertEquals(ALL, rest(loader));
      }
    }
  }

  /** What was whole before the failure comes, whatever the gathering thread was ahead. */
  @Test
  void aFailureComesWhereItHappened() {
    AtomicInteger failAt = new AtomicInteger(7);
    AtomicInteger seen = new AtomicInteger();
    Batches batches =
        counted(IMAGES)
            .batches(2)
            .augmented(
                (pixels, shape, random) -> {
                  if (seen.getAndIncrement() == failAt.get()) {
                    throw new IllegalArgumentException("too dark");
                  }
                });
    try (Loader loader = new Loader(batches)) {
      for (int trial = 0; trial < 20; trial++) {
        seen.set(0);
        loader.start(straight(IMAGES), 0, 1, 0);
        assertEquals(List.of(0, 1), take(loader));
        assertEquals(List.of(2, 3), take(loader));
        assertEquals(List.of(4, 5), take(loader));
        assertTrue(refused(() -> take(loader)).contains("too dark"));
        assertTrue(
            refused(() -> loader.take(ByteBuffer.allocate(8), ByteBuffer.allocate(8)))
                .contains("too dark"),
            "asked again, it says the same");
      }
      seen.set(0);
      failAt.set(-1);
      loader.start(straight(IMAGES), 0, 1, 0);
      assertEquals(ALL, rest(loader));
    }
  }

  @Test
  void anErrorOfAnAugmentationIsAFailureToo() {
    for (Throwable thrown : List.of(new OutOfMemoryError("images"), new Exception("checked"))) {
      Batches batches =
          counted(IMAGES).batches(2).augmented((pixels, shape, random) -> sneak(thrown));
      try (Loader loader = new Loader(batches)) {
        loader.start(straight(IMAGES), 0, 1, 0);
        assertTrue(refused(() -> take(loader)).contains(thrown.getMessage()));
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable thrown) throws T {
    throw (T) thrown;
  }

  /** A thread of a pool may be interrupted by others than us. */
  @Test
  void anInterruptedGathererIsAFailure() {
    Batches batches =
        counted(IMAGES)
            .batches(2)
            .augmented((pixels, shape, random) -> Thread.currentThread().interrupt());
    try (Loader loader = new Loader(batches)) {
      loader.start(straight(IMAGES), 0, 1, 0);
      assertTrue(refused(() -> rest(loader)).contains("interrupted"));
    }
  }

  @Test
  void anInterruptedConsumerMayGoOn() {
    try (Loader loader = new Loader(counted(IMAGES).batches(2))) {
      loader.start(straight(IMAGES), 0, 1, 0);
      assertEquals(List.of(0, 1), take(loader));
      Thread.currentThread().interrupt();
      assertTrue(refused(() -> take(loader)).contains("interrupted"));
      assertTrue(Thread.interrupted(), "it is still marked as interrupted");
      assertEquals(List.of(2, 3), take(loader));
      Thread.currentThread().interrupt();
      loader.start(straight(IMAGES), 0, 1, 0);
      assertTrue(Thread.interrupted());
      assertEquals(ALL, rest(loader));
      Thread.currentThread().interrupt();
    }
    assertTrue(Thread.interrupted(), "closing keeps the mark");
  }

  /** Code of the user's may swallow an interrupt; closing must end its thread all the same. */
  @Test
  void closingEndsAThreadThatSwallowsInterrupts() throws InterruptedException {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    Batches batches =
        counted(IMAGES)
            .batches(1)
            .augmented(
                (pixels, shape, random) -> {
                  inside.countDown();
                  try {
                    never.await();
                  } catch (InterruptedException e) {
                    Thread.interrupted();
                  }
                });
    Loader loader = new Loader(batches);
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    loader.start(straight(IMAGES), 0, 1, 0);
    inside.await();
    loader.close();
    assertFalse(
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> !before.contains(thread))
            .anyMatch(thread -> thread.getName().equals("portafilter-loader")));
  }

  @Test
  void buffersWithoutRoomAreRefusedAndNothingIsLost() {
    try (Loader loader = new Loader(counted(IMAGES).batches(4))) {
      loader.start(straight(IMAGES), 0, 1, 0);
      ByteBuffer images = ByteBuffer.allocate(8);
      ByteBuffer labels = ByteBuffer.allocate(16);
      String message = refused(() -> loader.take(ByteBuffer.allocate(7), labels));
      assertTrue(message.contains("8 bytes"), message);
      assertTrue(message.contains("7"), message);
      assertTrue(refused(() -> loader.take(images, ByteBuffer.allocate(15))).contains("16 bytes"));
      for (int i = 0; i < 5; i++) {
        refused(() -> loader.take(images, ByteBuffer.allocate(0)));
      }
      assertEquals(ALL, rest(loader));
    }
  }

  @Test
  void anOrderOfOtherImagesIsRefused() {
    Dataset all = counted(IMAGES);
    try (Loader loader = new Loader(all.slice(2, 6).batches(2))) {
      assertTrue(refused(() -> loader.start(straight(3), 0, 1, 0)).contains("4 images"));
      assertTrue(refused(() -> loader.start(new int[] {0, 1, 2, 4}, 0, 1, 0)).contains("image 4"));
      assertTrue(
          refused(() -> loader.start(new int[] {0, -1, 2, 3}, 0, 1, 0)).contains("image -1"));
      assertTrue(refused(() -> loader.start(straight(4), 3, 1, 0)).contains("batch 3"));
      assertTrue(refused(() -> loader.start(straight(4), -1, 1, 0)).contains("batch -1"));
      loader.start(straight(4), 0, 1, 0);
      assertEquals(List.of(2, 3, 4, 5), rest(loader));
    }
  }

  @Test
  void floatsAndNumbersComeAsTheyAre() {
    float[] rows = {1, 2, 3, 4, 5, 6};
    float[] targets = {7, 8, 9};
    Batches batches = Dataset.of(rows, Shape.of(2), targets, Shape.of(1)).batches(2);
    try (Loader loader = new Loader(batches)) {
      loader.start(new int[] {2, 0, 1}, 0, 1, 0);
      ByteBuffer images = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
      ByteBuffer numbers = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
      float[] got = new float[4];
      loader.take(images, numbers);
      images.asFloatBuffer().get(got);
      assertArrayEquals(new float[] {5, 6, 1, 2}, got);
      assertEquals(9, numbers.getFloat(0));
      assertEquals(7, numbers.getFloat(4));
    }
  }
}
