package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/** Sets and files beyond what one Java array holds, without the memory for them. */
@Tag("unit")
class LimitsTest {
  private static final int MEGABYTE = 1 << 20;

  @TempDir Path folder;

  private static String refused(Runnable action) {
    return assertThrows(PortafilterException.class, action::run).getMessage();
  }

  private static void requireInside(String message, String... parts) {
    for (String part : parts) {
      assertTrue(message.contains(part), "expected " + part + " in: " + message);
    }
  }

  /** Counts whose products are negative, too small, or zero in 32 bits. */
  private static final int[] TOO_MANY = {2048, 3000, 4096, 4097, 8192};

  @Test
  void moreImagesThanAnArrayHoldsAreNotSelected() {
    Dataset bytes = Dataset.of(new byte[MEGABYTE], Shape.of(1, 1024, 1024), new int[1]);
    Dataset floats = Dataset.of(new float[MEGABYTE], Shape.of(MEGABYTE), new int[1]);
    for (int count : TOO_MANY) {
      String message = refused(() -> bytes.select(new int[count]));
      requireInside(message, "1x1024x1024", "2,147,483,639", "fewer");
      requireInside(refused(() -> floats.select(new int[count])), "2,147,483,639");
    }
    assertEquals(3, bytes.select(0, 0, 0).size());
  }

  @Test
  void moreTargetsThanAnArrayHoldsAreNotSelected() {
    Shape many = Shape.of(MEGABYTE);
    Dataset data = Dataset.of(new byte[1], Shape.of(1), new float[MEGABYTE], many);
    for (int count : TOO_MANY) {
      requireInside(refused(() -> data.select(new int[count])), "targets", "2,147,483,639");
    }
  }

  @Test
  void rowsOfOneHotThatDoNotFitAreRefused() {
    Dataset data = Dataset.of(new byte[4], Shape.of(1), new int[] {0, 1, 2, 3});
    String message = refused(() -> data.oneHot(Integer.MAX_VALUE));
    requireInside(message, "2,147,483,647", "2,147,483,639");
    requireInside(refused(() -> data.oneHot(1 << 30)), "1,073,741,824");
    requireInside(refused(() -> data.oneHot(0)), "at least 1");
    requireInside(refused(() -> data.oneHot(-4)), "at least 1");
    assertArrayEquals(new float[] {0, 0, 1, 0}, data.oneHot(4).target(2));
    Dataset most = Dataset.of(new byte[1], Shape.of(1), new int[] {Integer.MAX_VALUE});
    requireInside(refused(most::classes), "2147483647");
  }

  @Test
  void shapesBeyondAnyArrayAreRefused() {
    Shape huge = Shape.of(1L << 62);
    requireInside(refused(() -> Dataset.of(new byte[0], huge, new int[4])), huge.toString());
    requireInside(refused(() -> Dataset.of(new byte[8], huge, new int[4])), huge.toString(), "8");
    float[] none = new float[0];
    requireInside(refused(() -> Dataset.of(new byte[8], Shape.of(8), none, huge)), "got");
    requireInside(refused(() -> Dataset.of(new byte[8], Shape.of(8), new float[3], huge)), "got 3");
  }

  @Test
  void drawnSetsSayHowManyFit() {
    for (int count : new int[] {2_739_138, 5_500_000, Integer.MAX_VALUE}) {
      requireInside(refused(() -> DrawnDigits.split(count, 1, 1)), "2,147,483,639", "fewer");
    }
    for (int count : new int[] {699_051, 1_398_102, Integer.MAX_VALUE}) {
      requireInside(refused(() -> DrawnShapes.split(count, 1, 1)), "2,147,483,639", "fewer");
    }
    requireInside(refused(() -> DrawnDigits.split(-1, 1, 1)), "-1");
    requireInside(refused(() -> DrawnShapes.split(1, 0, 1)), "0");
  }

  private Path header(String name, long fileBytes, int... sizes) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(4 + 4 * sizes.length).putInt(0x800 | sizes.length);
    for (int size : sizes) {
      header.putInt(size);
    }
    Path file = Files.write(folder.resolve(name), header.array());
    if (fileBytes > 0) {
      try (RandomAccessFile longer = new RandomAccessFile(file.toFile(), "rw")) {
        longer.setLength(header.capacity() + fileBytes);
      }
    }
    return file;
  }

  /** A file with holes instead of pixels takes no room on the disk. */
  @Test
  void anIdxFileBeyondAnArrayIsRefusedByItsLimit() throws IOException {
    Path labels = header("labels", 10, 10);
    Path images = header("images", 3_000_000_000L, 3000, 1000, 1000);
    requireInside(refused(() -> Idx.read(images, labels)), "images", "2,147,483,639", "into parts");
    Path over = header("over", (1L << 32) + 10, 1 << 16, 1 << 16, 1);
    requireInside(refused(() -> Idx.read(over, labels)), "2,147,483,639", "4,294,967,296");
  }

  @Test
  void anIdxHeaderThatPromisesTooMuchIsRefusedBeforeMemoryIsTaken() throws IOException {
    Path labels = header("labels", 10, 10);
    int most = Integer.MAX_VALUE;
    for (int[] sizes :
        new int[][] {{3000, 1000, 1000}, {most, most, most}, {1 << 16, 1 << 16, 1}, {most, 1, 1}}) {
      Path images = header("images", 24, sizes);
      requireInside(refused(() -> Idx.read(images, labels)), "images", "promises", "truncated");
    }
    requireInside(refused(() -> Idx.read(header(-5, 2, 3), labels)), "-5", "damaged");
    Path packed = folder.resolve("images.gz");
    try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(Files.readAllBytes(header("images", 24, 3000, 1000, 1000)));
    }
    requireInside(refused(() -> Idx.read(packed, labels)), "images.gz", "promises", "truncated");
  }

  private Path header(int first, int second, int third) {
    try {
      return header("negative", 24, first, second, third);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aCifarFileThatIsTooLargeIsRefused() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("train.bin").toFile(), "rw")) {
      file.setLength(3074L * 1_000_000);
    }
    requireInside(refused(() -> Cifar.hundred(folder)), "train.bin", "3074");
  }

  /** A picture one pixel high covers a square only when it is scaled to a very wide one. */
  @Test
  void aVeryLongPictureIsCroppedWithoutBeingScaledWhole() {
    byte[] pixels = new byte[3 * 100_000];
    Arrays.fill(pixels, 0, 100_000, (byte) 200);
    pixels[50_000] = 10;
    byte[] out = new Planes(pixels, 3, 1, 100_000).fitted(256, 256, Fit.CROP);
    assertEquals(3 * 256 * 256, out.length);
    assertEquals((byte) 200, out[0]);
    byte[] tall = new Planes(pixels, 3, 100_000, 1).fitted(256, 256, Fit.CROP);
    assertEquals((byte) 200, tall[0]);
  }
}
