package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/** EXIF orientations of JPEG and PNG files. */
@Tag("unit")
class ImageOrientationTest {
  private static final int HEIGHT = 16;
  private static final int WIDTH = 24;

  @TempDir Path folder;

  private static byte[] jpeg() throws IOException {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < HEIGHT * WIDTH; i++) {
      image.setRGB(i % WIDTH, i / WIDTH, i % WIDTH * 10 << 16 | i / WIDTH * 15 << 8 | 60);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "jpeg", out);
    return out.toByteArray();
  }

  private static byte[] png(byte[] before) {
    int[] samples = new int[3 * 5];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = 16 * i;
    }
    return new PngBytes(3, 5, 0, 8, false, samples, before).file();
  }

  /** Where the upright image's first rows come from, spelt out: 3 x 5 numbered row by row. */
  private static final int[][] FIRST_ROWS = {
    {0, 1, 2, 3, 4},
    {4, 3, 2, 1, 0},
    {14, 13, 12, 11, 10},
    {10, 11, 12, 13, 14},
    {0, 5, 10},
    {10, 5, 0},
    {14, 9, 4},
    {4, 9, 14}
  };

  @Test
  void allEightTurnThePixels() throws IOException {
    for (int exif = 1; exif <= 8; exif++) {
      for (boolean big : new boolean[] {false, true}) {
        byte[] chunk = PngBytes.chunk("eXIf", JpegBytes.exif(exif, big));
        Path file = Files.write(folder.resolve("turned.png"), png(chunk));
        int[] row = FIRST_ROWS[exif - 1];
        byte[] pixels = ImageFile.read(file, Shape.of(1, 15 / row.length, row.length));
        for (int i = 0; i < row.length; i++) {
          assertEquals(16 * row[i], pixels[i] & 255, "orientation " + exif + ", column " + i);
        }
        Shape asStored = Shape.of(1, row.length, 15 / row.length);
        String message =
            assertThrows(PortafilterException.class, () -> ImageFile.read(file, asStored))
                .getMessage();
        assertTrue(message.contains("got %d x %d".formatted(15 / row.length, row.length)), message);
      }
    }
  }

  @Test
  void jpegIsTurnedAsPillowTurnsIt() throws IOException, InterruptedException {
    int files = 0;
    for (int exif = 0; exif <= 9; exif++) {
      for (boolean big : new boolean[] {false, true}) {
        byte[] file = JpegBytes.with(jpeg(), JpegBytes.exifSegment(exif, big));
        Files.write(folder.resolve(files++ + ".jpg"), file);
      }
    }
    Pillow.readAll(folder, ".jpg");
    int worst = 0;
    for (int i = 0; i < files; i++) {
      Pillow.Pixels expected = Pillow.Pixels.of(folder, i + ".jpg", 3);
      byte[] read = ImageFile.read(folder.resolve(i + ".jpg"), expected.shape());
      worst = Math.max(worst, expected.worstDifference(read));
    }
    System.out.printf("JPEG orientations: %d files, worst difference %d%n", files, worst);
    assertTrue(worst <= 3, "differs from Pillow by " + worst);
  }

  @Test
  void damagedExifDataSaysNothing() throws IOException {
    Path file = Files.write(folder.resolve("plain.jpg"), jpeg());
    Shape shape = Shape.of(3, HEIGHT, WIDTH);
    byte[] plain = ImageFile.read(file, shape);
    byte[] whole = JpegBytes.exifSegment(1, true);
    for (int at = 4; at < whole.length; at++) {
      byte[] exif = whole.clone();
      exif[at] = (byte) 0xff;
      Files.write(file, JpegBytes.with(jpeg(), exif));
      assertArrayEquals(plain, ImageFile.read(file, shape), "byte " + at);
    }
  }
}
