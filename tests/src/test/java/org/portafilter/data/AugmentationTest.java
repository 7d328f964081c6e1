package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/** Flips, crops, channel statistics, and their independence of batches and order. */
@Tag("unit")
class AugmentationTest {
  private static final Shape IMAGE = Shape.of(2, 3, 4);

  private static float[] counted() {
    float[] pixels = new float[24];
    for (int i = 0; i < 24; i++) {
      pixels[i] = i + 1;
    }
    return pixels;
  }

  @Test
  void aFlipMirrorsRows() {
    float[] pixels = counted();
    new HorizontalFlip(1).apply(pixels, IMAGE, new Philox(1, 1));
    assertArrayEquals(new float[] {4, 3, 2, 1, 8, 7, 6, 5}, Arrays.copyOf(pixels, 8));
    new HorizontalFlip(1).apply(pixels, IMAGE, new Philox(1, 1));
    assertArrayEquals(counted(), pixels);
    new HorizontalFlip(0).apply(pixels, IMAGE, new Philox(1, 1));
    assertArrayEquals(counted(), pixels);
    assertThrows(PortafilterException.class, () -> new HorizontalFlip(1.5));
  }

  /** Every crop is the zero-padded image at one of the (2 p + 1)^2 places, and all come up. */
  @Test
  void aCropIsAShiftOfThePaddedImage() {
    Set<Integer> places = new HashSet<>();
    for (int trial = 0; trial < 2000; trial++) {
      float[] pixels = counted();
      RandomCrop.of(2).apply(pixels, IMAGE, new Philox(7, trial));
      int found = -1;
      for (int place = 0; place < 25; place++) {
        if (Arrays.equals(shifted(place / 5 - 2, place % 5 - 2), pixels)) {
          found = place;
        }
      }
      assertTrue(found >= 0, Arrays.toString(pixels));
      places.add(found);
    }
    assertEquals(25, places.size());
  }

  private static float[] shifted(int down, int right) {
    float[] from = counted();
    float[] to = new float[24];
    for (int c = 0; c < 2; c++) {
      for (int y = 0; y < 3; y++) {
        for (int x = 0; x < 4; x++) {
          int sy = y - down;
          int sx = x - right;
          if (sy >= 0 && sy < 3 && sx >= 0 && sx < 4) {
            to[(c * 3 + y) * 4 + x] = from[(c * 3 + sy) * 4 + sx];
          }
        }
      }
    }
    return to;
  }

  private static byte[] loaded(Batches batches, int[] order, long seed, int epoch) {
    Dataset data = batches.dataset();
    int bytes = (int) data.shape().count();
    byte[] all = new byte[data.size() * bytes];
    try (Loader loader = new Loader(batches)) {
      loader.start(order, 0, seed, epoch);
      int at = 0;
      for (int size = loader.nextSize(); size > 0; size = loader.nextSize()) {
        ByteBuffer images = ByteBuffer.allocate(size * bytes);
        loader.take(images, ByteBuffer.allocate(4 * size));
        for (int i = 0; i < size; i++, at++) {
          images.get(i * bytes, all, order[at] * bytes, bytes);
        }
      }
    }
    return all;
  }

  @Test
  void pixelsDependOnSeedEpochAndImageAlone() {
    Dataset data = DrawnShapes.split(37, 1, 3).train();
    Batches eight = data.batches(8).augmented(RandomCrop.of(4), HorizontalFlip.of());
    Batches five = data.batches(5).augmented(RandomCrop.of(4), HorizontalFlip.of());
    int[] straight = IntStream.range(0, 37).toArray();
    int[] shuffled = new Philox(5, 5).permutation(37);
    byte[] expected = loaded(eight, straight, 1, 2);
    assertArrayEquals(expected, loaded(five, shuffled, 1, 2));
    assertFalse(Arrays.equals(expected, loaded(eight, straight, 1, 3)), "epochs differ");
    assertFalse(Arrays.equals(expected, loaded(eight, straight, 2, 2)), "seeds differ");
    assertFalse(Arrays.equals(expected, loaded(data.batches(8), straight, 1, 2)), "it does work");
  }

  @Test
  void statisticsOfChannels() {
    byte[] pixels = {0, 10, (byte) 200, (byte) 220, 20, 30, (byte) 200, (byte) 220};
    Dataset data = Dataset.of(pixels, Shape.of(2, 1, 2), new int[] {0, 1});
    ChannelStatistics statistics = ChannelStatistics.of(data);
    assertArrayEquals(new double[] {15, 210}, statistics.mean(), 1e-12);
    assertArrayEquals(new double[] {Math.sqrt(125), 10}, statistics.deviation(), 1e-12);
  }

  @Test
  void rowsOfFeaturesAreNotAugmented() {
    Batches rows = Dataset.of(new float[4], Shape.of(2), new int[] {0, 1}).batches(1);
    assertThrows(PortafilterException.class, () -> rows.augmented(HorizontalFlip.of()));
  }
}
