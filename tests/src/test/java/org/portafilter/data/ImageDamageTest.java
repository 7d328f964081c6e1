package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/** Images of every format cut at every length, and with bits turned over. */
@Tag("unit")
class ImageDamageTest {
  /** Every bit of these is turned over, and every seventeenth of the rest. */
  private static final int HEADER_BITS = 8 * 48;

  private static final Shape SMALL = Shape.of(3, 4, 4);

  @TempDir Path folder;

  private static byte[] written(String format, boolean progressive) {
    int type = BufferedImage.TYPE_INT_RGB;
    if (format.equals("wbmp") || format.equals("gif")) {
      type = BufferedImage.TYPE_BYTE_BINARY;
    }
    BufferedImage image = new BufferedImage(17, 11, type);
    for (int i = 0; i < 17 * 11; i++) {
      boolean two = type == BufferedImage.TYPE_BYTE_BINARY;
      image.setRGB(i % 17, i / 17, two ? i * 53 % 7 / 3 * 0xffffff : i * 0x012345);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      ImageWriteParam how = writer.getDefaultWriteParam();
      if (progressive) {
        how.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      }
      writer.write(null, new IIOImage(image, null, null), how);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] named(List<ImageCase> cases, String part) {
    return cases.stream().filter(c -> c.kind().contains(part)).findFirst().orElseThrow().file();
  }

  private static Map<String, byte[]> files() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("PNG of the JDK", written("png", false));
    files.put("PNG palette", named(ImageCase.png(), "type 3, 4 bits, 9 x 13, tRNS"));
    files.put("PNG interlaced", named(ImageCase.png(), "type 4, 16 bits, 9 x 13, interlaced"));
    files.put("JPEG", written("jpeg", false));
    files.put("JPEG progressive", written("jpeg", true));
    files.put("GIF", written("gif", false));
    files.put("GIF interlaced", written("gif", true));
    files.put("BMP", written("bmp", false));
    files.put("BMP 1 bit", named(ImageCase.bmp(), "1 bits, compression 0, header 40"));
    files.put("BMP RLE8", named(ImageCase.bmp(), "8 bits, compression 1"));
    files.put("BMP RLE4", named(ImageCase.bmp(), "4 bits, compression 2"));
    files.put("WBMP", written("wbmp", false));
    return files;
  }

  @TestFactory
  List<DynamicTest> everyLengthIsRefused() {
    return files().entrySet().stream()
        .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> cut(e.getKey(), e.getValue())))
        .toList();
  }

  private void cut(String kind, byte[] whole) throws IOException {
    Path file = Files.write(folder.resolve("cut.image"), whole);
    assertEquals(48, ImageFile.read(file, SMALL, Fit.STRETCH).length);
    int read = 0;
    int firstRead = -1;
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      if (answers(file, kind + " cut to " + length + " bytes")) {
        read++;
        firstRead = firstRead < 0 ? length : firstRead;
      }
    }
    System.out.printf("%s: %d lengths, %d of them read%n", kind, whole.length, read);
    assertEquals(
        0,
        read,
        "%s: read although cut, first at %d of %d".formatted(kind, firstRead, whole.length));
  }

  /** Reads a file; whether that gave an image. An exception must be ours and name the file. */
  private static boolean answers(Path file, String what) {
    try {
      byte[] pixels = ImageFile.read(file, SMALL, Fit.STRETCH);
      assertEquals(48, pixels.length, what);
      return true;
    } catch (PortafilterException e) {
      String message = e.getMessage();
      assertTrue(message.contains(file.toString()), () -> what + ": no name in " + message);
      assertTrue(!message.contains("null"), () -> what + ": no words in " + message);
      return false;
    } catch (RuntimeException | Error e) {
      return fail(what + ": " + e, e);
    }
  }

  @TestFactory
  List<DynamicTest> turnedBitsAreAnswered() {
    return files().entrySet().stream()
        .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> turn(e.getKey(), e.getValue())))
        .toList();
  }

  private void turn(String kind, byte[] whole) throws IOException {
    Path file = folder.resolve("bent.image");
    int read = 0;
    int turned = 0;
    for (int bit = 0; bit < 8 * whole.length; bit += bit < HEADER_BITS ? 1 : 17, turned++) {
      boolean large = bit / 8 == 20 || bit / 8 == 24;
      if (large && kind.startsWith("BMP RLE")) {
        continue; // allowed sizes of many megapixels, which take their time
      }
      byte[] bent = whole.clone();
      bent[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, bent);
      if (answers(file, "%s, bit %d of byte %d".formatted(kind, bit % 8, bit / 8))) {
        read++;
      }
    }
    System.out.printf("%s: %d bits turned, %d of them read%n", kind, turned, read);
    if (kind.startsWith("PNG")) {
      for (int bit = 64; bit < 8 * whole.length; bit += 7) {
        byte[] bent = whole.clone();
        bent[bit / 8] ^= (byte) (1 << bit % 8);
        Files.write(file, PngBytes.repaired(bent));
        answers(file, "%s, bit %d of byte %d, with checksums".formatted(kind, bit % 8, bit / 8));
      }
      assertEquals(0, read, kind + ": every bit of a PNG is under a checksum");
    }
  }

  /** An end put behind a cut does not make the image whole. */
  @Test
  void pixelsMissingBeforeTheEndAreRefused() throws IOException {
    int read = 0;
    Path file = folder.resolve("patched.image");
    byte[] jpeg = written("jpeg", false);
    for (int length = jpeg.length - 60; length < jpeg.length - 8; length++) {
      byte[] cut = Arrays.copyOf(jpeg, length + 2);
      cut[length] = (byte) 0xff;
      cut[length + 1] = (byte) 0xd9;
      Files.write(file, cut);
      read += answers(file, "JPEG of " + length + " bytes and an end") ? 1 : 0;
    }
    assertEquals(0, read, "JPEG files read although pixels are missing");
    byte[] gif = written("gif", false);
    for (int length = gif.length - 16; length < gif.length - 5; length++) {
      Files.write(file, shortGif(gif, length));
      read += answers(file, "GIF of " + length + " bytes and an end") ? 1 : 0;
    }
    assertEquals(0, read, "GIF files read although pixels are missing");
  }

  /** Ends the first block early, and the file after it. */
  private static byte[] shortGif(byte[] gif, int length) {
    int descriptor = 13 + (gif[10] < 0 ? 3 << (gif[10] & 7) + 1 : 0);
    while (gif[descriptor] != 0x2c) {
      descriptor += 8;
    }
    int flags = gif[descriptor + 9];
    int block = descriptor + 11 + (flags < 0 ? 3 << (flags & 7) + 1 : 0);
    byte[] cut = Arrays.copyOf(gif, length + 2);
    cut[block] = (byte) Math.min(gif[block] & 255, length - block - 1);
    int end = block + 1 + (cut[block] & 255);
    cut[end] = 0;
    cut[end + 1] = 0x3b;
    return Arrays.copyOf(cut, end + 2);
  }

  @Test
  void pngChecksumsInsideAreHeld() throws IOException {
    int[] samples = new int[6 * 5];
    byte[] rows = new byte[6 * 6];
    byte[] packed = PngBytes.deflated(rows);
    byte[] wrong = packed.clone();
    wrong[packed.length - 1] ^= 1;
    byte[] few = PngBytes.deflated(new byte[35]);
    byte[] many = PngBytes.deflated(new byte[40]);
    Path file = folder.resolve("inside.png");
    byte[] whole = new PngBytes(6, 5, 0, 8, false, samples, new byte[0]).file();
    for (byte[] pixels : new byte[][] {wrong, few, many, new byte[0], {1, 2, 3}}) {
      byte[] chunk = PngBytes.chunk("IDAT", pixels);
      byte[] end = PngBytes.chunk("IEND", new byte[0]);
      ByteBuffer png = ByteBuffer.allocate(33 + chunk.length + end.length);
      Files.write(file, png.put(whole, 0, 33).put(chunk).put(end).array());
      assertTrue(!answers(file, "PNG with %d packed bytes".formatted(pixels.length)));
    }
  }
}
