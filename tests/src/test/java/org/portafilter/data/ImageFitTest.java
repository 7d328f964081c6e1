package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/** Fitting costs what the image and the result cost, whatever the proportions. */
@Tag("unit")
class ImageFitTest {
  private static final Shape USUAL = Shape.of(3, 224, 224);

  @TempDir Path folder;

  private Path strip(int height, int width) throws IOException {
    int[] samples = new Random(1).ints(height * width, 0, 256).toArray();
    byte[] png = new PngBytes(height, width, 0, 8, false, samples, new byte[0]).file();
    return Files.write(folder.resolve(height + "x" + width + ".png"), png);
  }

  @Test
  void stripsTakeNoLongerThanTheyAre() throws IOException {
    int[][] sizes = {{20_000, 2}, {2, 20_000}, {1, 400_000}, {400_000, 1}, {1, 1}};
    for (int[] size : sizes) {
      Path file = strip(size[0], size[1]);
      for (Fit fit : new Fit[] {Fit.CROP, Fit.STRETCH}) {
        byte[] pixels =
            assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () -> ImageFile.read(file, USUAL, fit),
                () -> file.getFileName() + " by " + fit);
        assertEquals(3 * 224 * 224, pixels.length);
      }
    }
  }

  /** Cropping is scaling the whole and cutting the centre out. */
  @Test
  void whatIsKeptIsWhatTheWholeWouldGive() {
    Random random = new Random(2);
    int[][] sizes = {{9, 31, 6, 5}, {31, 9, 5, 6}, {7, 8, 20, 11}, {40, 13, 13, 13}, {5, 90, 9, 2}};
    for (int[] s : sizes) {
      byte[] pixels = new byte[3 * s[0] * s[1]];
      random.nextBytes(pixels);
      Planes planes = new Planes(pixels, 3, s[0], s[1]);
      double scale = Math.max((double) s[2] / s[0], (double) s[3] / s[1]);
      int height = Math.max(s[2], (int) Math.round(s[0] * scale));
      int width = Math.max(s[3], (int) Math.round(s[1] * scale));
      byte[] whole = planes.fitted(height, width, Fit.STRETCH);
      byte[] kept = planes.fitted(s[2], s[3], Fit.CROP);
      for (int i = 0; i < kept.length; i++) {
        int c = i / (s[2] * s[3]);
        int y = i / s[3] % s[2] + (height - s[2]) / 2;
        int x = i % s[3] + (width - s[3]) / 2;
        int expected = whole[(c * height + y) * width + x] & 255;
        assertEquals(expected, kept[i] & 255, 1, s[0] + " x " + s[1]);
      }
    }
  }

  @Test
  void bothOrdersOfAxesAgree() {
    byte[] pixels = new byte[6 * 50];
    new Random(3).nextBytes(pixels);
    byte[] turned = new byte[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      turned[i % 50 * 6 + i / 50] = pixels[i];
    }
    byte[] wide = new Planes(pixels, 1, 6, 50).fitted(20, 10, Fit.STRETCH);
    byte[] high = new Planes(turned, 1, 50, 6).fitted(10, 20, Fit.STRETCH);
    for (int i = 0; i < wide.length; i++) {
      assertEquals(wide[i] & 255, high[i % 10 * 20 + i / 10] & 255, 1);
    }
  }

  private static String refusal(Path file, Shape shape, Fit fit) {
    return assertThrows(PortafilterException.class, () -> ImageFile.read(file, shape, fit))
        .getMessage();
  }

  /** Headers alone: what is refused by size must not get as far as the missing pixels. */
  @Test
  void sizesAreRefusedByTheHeader() throws IOException {
    byte[] png = new PngBytes(1, 1, 2, 8, false, new int[3], new byte[0]).file();
    ByteBuffer header = ByteBuffer.allocate(13).putInt(50_000).putInt(40_000);
    byte[] large = PngBytes.chunk("IHDR", header.put(new byte[] {8, 2, 0, 0, 0}).array());
    Path file =
        Files.write(
            folder.resolve("large.png"),
            ByteBuffer.allocate(png.length).put(png).put(8, large).array());
    for (Fit fit : new Fit[] {Fit.CROP, Fit.STRETCH}) {
      String message = refusal(file, USUAL, fit);
      assertTrue(
          message.contains("large.png: 40000 x 50000 pixels")
              && message.contains(String.valueOf(ImageFile.MOST_PIXELS))
              && message.contains("portafilter.maxImagePixels"),
          message);
    }
    String message = refusal(file, USUAL, Fit.EXACT);
    assertTrue(message.contains("got 40000 x 50000") && message.contains("Fit.CROP"), message);
  }

  @Test
  void impossibleResultsAreRefused() throws IOException {
    Path file = strip(2, 2);
    String message = refusal(file, Shape.of(3, 100_000, 100_000), Fit.STRETCH);
    assertTrue(message.contains("3x100000x100000") && message.contains("2 GB"), message);
    message = refusal(file, Shape.of(3, 1L << 33, 1), Fit.EXACT);
    assertTrue(message.contains("2 GB"), message);
    message = refusal(file, Shape.of(2, 2, 2), Fit.EXACT);
    assertTrue(message.contains("1xHxW or 3xHxW"), message);
  }
}
