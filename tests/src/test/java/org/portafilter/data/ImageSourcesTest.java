package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/** Where images come from: zip files, streams, memory. */
@Tag("unit")
class ImageSourcesTest {
  private static final Shape COLOUR = Shape.of(3, 2, 2);
  private static final byte[] PIXELS = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120};

  @Test
  void zipFilesAreFolders(@TempDir Path folder) throws IOException {
    Path zip = folder.resolve("images.zip");
    try (FileSystem inside = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
      for (String name : List.of("/root/cat/1.png", "/root/hund \u00fc/2.png")) {
        Path file = inside.getPath(name);
        Files.createDirectories(file.getParent());
        ImageFile.write(file, PIXELS, COLOUR);
      }
    }
    try (FileSystem inside = FileSystems.newFileSystem(zip)) {
      ImageFolder images = ImageFolder.read(inside.getPath("/root"), COLOUR, Fit.EXACT);
      assertEquals(List.of("cat", "hund \u00fc"), images.classes());
      assertArrayEquals(PIXELS, images.dataset().image(1));
      Path none = inside.getPath("/root/none.png");
      String message =
          assertThrows(PortafilterException.class, () -> ImageFile.read(none, COLOUR)).getMessage();
      assertTrue(message.contains("/root/none.png: no such file"), message);
    }
  }

  @Test
  void streamsAreReadAndLeftOpen(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a.png");
    ImageFile.write(file, PIXELS, COLOUR);
    byte[] bytes = Files.readAllBytes(file);
    boolean[] closed = new boolean[1];
    InputStream dripping =
        new ByteArrayInputStream(bytes) {
          @Override
          public synchronized int read(byte[] to, int offset, int length) {
            return super.read(to, offset, Math.min(length, 3));
          }

          @Override
          public void close() {
            closed[0] = true;
          }
        };
    assertArrayEquals(PIXELS, ImageFile.read(dripping, COLOUR, Fit.EXACT));
    assertFalse(closed[0]);
    InputStream cut = new ByteArrayInputStream(bytes, 0, bytes.length - 1);
    String message =
        assertThrows(PortafilterException.class, () -> ImageFile.read(cut, COLOUR, Fit.EXACT))
            .getMessage();
    assertTrue(message.contains("the stream") && message.contains("ends early"), message);
  }

  /** An endless stream of something else is refused by its beginning; a failing one by name. */
  @Test
  void strangeStreamsAreAnswered() {
    InputStream zeros =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }
        };
    InputStream failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException();
          }
        };
    for (InputStream stream : List.of(zeros, failing)) {
      String message =
          assertThrows(PortafilterException.class, () -> ImageFile.read(stream, COLOUR, Fit.CROP))
              .getMessage();
      assertTrue(message.contains("the stream") && !message.contains("null"), message);
    }
  }

  @Test
  void everyTypeOfBufferedImageKeepsItsSamples() {
    int[] colours = {0xff000000, 0x40ff8000, 0xffffffff, 0x80336699};
    for (int type = BufferedImage.TYPE_INT_RGB; type <= BufferedImage.TYPE_BYTE_INDEXED; type++) {
      BufferedImage image = new BufferedImage(2, 2, type);
      boolean grey = type == BufferedImage.TYPE_BYTE_GRAY || type == BufferedImage.TYPE_USHORT_GRAY;
      for (int i = 0; i < 4; i++) {
        if (grey) {
          int sample = 64 * i + 63;
          image.getRaster().setSample(i % 2, i / 2, 0, type == 11 ? sample * 257 : sample);
        } else {
          image.setRGB(i % 2, i / 2, colours[i]);
        }
      }
      byte[] read = ImageFile.read(image, COLOUR, Fit.EXACT);
      for (int i = 0; i < 12; i++) {
        int expected =
            grey ? 64 * (i % 4) + 63 : image.getRGB(i % 4 % 2, i % 4 / 2) >> 16 - i / 4 * 8 & 255;
        assertEquals(expected, read[i] & 255, 1, "type " + type + ", byte " + i);
      }
    }
  }

  @Test
  void floatsAndMultipliedGreysAreUnderstood() {
    for (boolean multiplied : new boolean[] {false, true}) {
      ComponentColorModel model =
          new ComponentColorModel(
              ColorSpace.getInstance(ColorSpace.CS_GRAY),
              true,
              multiplied,
              3,
              DataBuffer.TYPE_FLOAT);
      WritableRaster raster = model.createCompatibleWritableRaster(2, 2);
      for (int i = 0; i < 4; i++) {
        raster.setSample(i % 2, i / 2, 0, multiplied ? 0.125f * i : 0.25f * i);
        raster.setSample(i % 2, i / 2, 1, 0.5f);
      }
      BufferedImage image = new BufferedImage(model, raster, multiplied, null);
      byte[] read = ImageFile.read(image, Shape.of(1, 2, 2), Fit.EXACT);
      for (int i = 0; i < 4; i++) {
        assertEquals(64 * i, read[i] & 255, 1, "multiplied: " + multiplied);
      }
    }
    BufferedImage large = new BufferedImage(3, 1, BufferedImage.TYPE_INT_RGB);
    String message =
        assertThrows(PortafilterException.class, () -> ImageFile.read(large, COLOUR, Fit.EXACT))
            .getMessage();
    assertTrue(message.contains("the BufferedImage: expected 2 x 2"), message);
  }

  @Test
  void writingLeavesNothingBehind(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a.png");
    ImageFile.write(file, PIXELS, COLOUR);
    ImageFile.write(file, PIXELS, COLOUR);
    Path taken = Files.createDirectories(folder.resolve("taken.png/full")).getParent();
    for (Path wrong : List.of(folder.resolve("none/a.png"), taken)) {
      String message =
          assertThrows(PortafilterException.class, () -> ImageFile.write(wrong, PIXELS, COLOUR))
              .getMessage();
      assertTrue(message.contains("cannot be written (") && !message.contains("null"), message);
    }
    try (var files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
  }
}
