package org.portafilter.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A PNG file: every chunk's checksum holds, the pixels are all there, and the decoder sees nothing
 * that would change samples (gamma, profiles, transparency). W3C, Portable Network Graphics, third
 * edition.
 *
 * @param header where the data of IHDR begins
 * @param palette colours 0xRRGGBB
 * @param packed the data of all IDAT chunks
 */
record PngImage(ImageBytes file, int header, int[] palette, byte[] packed, Orientation orientation)
    implements EncodedImage {
  static final String SIGNATURE = "\u0089PNG\r\n\u001a\n";

  private static final int GREY = 0;
  private static final int COLOUR = 2;
  private static final int PALETTE = 3;

  /** Samples of a pixel, by colour type. */
  private static final int[] BANDS = {1, 0, 3, 1, 2, 0, 4};

  /** Depths that exist, by colour type. */
  private static final Set<?>[] DEPTHS = {
    Set.of(1, 2, 4, 8, 16),
    Set.of(),
    Set.of(8, 16),
    Set.of(1, 2, 4, 8),
    Set.of(8, 16),
    Set.of(),
    Set.of(8, 16)
  };

  /** First row and column, and their steps, of the seven passes of Adam7. */
  private static final int[][] ADAM7 = {
    {0, 0, 8, 8}, {0, 4, 8, 8}, {4, 0, 8, 4}, {0, 2, 4, 4}, {2, 0, 4, 2}, {0, 1, 2, 2}, {1, 0, 2, 1}
  };

  private static final int[][] ONE_PASS = {{0, 0, 1, 1}};

  /** Walks over all chunks. */
  static PngImage of(ImageBytes file) {
    int header = SIGNATURE.length() + 8;
    int[] palette = {};
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    Orientation orientation = Orientation.UPRIGHT;
    int at = SIGNATURE.length();
    for (boolean ended = false; !ended; at += 12 + file.big32(at)) {
      String type = chunk(file, at);
      int from = at + 8;
      int length = file.big32(at);
      if (from == header) {
        checkHeader(file, type, from, length);
      } else if (type.equals("PLTE")) {
        palette = palette(file, from, length);
      } else if (type.equals("IDAT")) {
        packed.write(file.bytes(), from, length);
      } else if (type.equals("eXIf")) {
        int marked = file.says(from, "Exif\0\0") ? 6 : 0;
        orientation = Orientation.read(file, from + marked, from + length);
      } else if (type.equals("IEND")) {
        ended = true;
      } else if (Character.isUpperCase(type.charAt(0))) {
        throw file.refused("a PNG image with the chunk " + type);
      }
    }
    return new PngImage(file, header, palette, packed.toByteArray(), orientation);
  }

  /** Checks one chunk and names its type. */
  private static String chunk(ImageBytes file, int at) {
    int length = file.big32(at);
    file.require(at, 12 + (length & 0xffffffffL));
    String type = new String(file.bytes(), at + 4, 4, StandardCharsets.ISO_8859_1);
    CRC32 crc = new CRC32();
    crc.update(file.bytes(), at + 4, 4 + length);
    if ((int) crc.getValue() != file.big32(at + 8 + length)) {
      throw file.damaged("the checksum of the chunk at byte %s does not hold".formatted(at));
    }
    return type;
  }

  private static void checkHeader(ImageBytes file, String type, int from, int length) {
    if (type.equals("CgBI")) {
      throw file.refused("a PNG image in Apple's variant (CgBI)");
    }
    if (!type.equals("IHDR") || length != 13) {
      throw file.damaged("it does not begin with a header");
    }
    int depth = file.at(from + 8);
    int colours = file.at(from + 9);
    if (file.big32(from) < 1 || file.big32(from + 4) < 1) {
      throw file.damaged(
          "its width is %s and its height %s".formatted(file.big32(from), file.big32(from + 4)));
    }
    if (colours >= DEPTHS.length || !DEPTHS[colours].contains(depth)) {
      throw file.damaged("colour type %s with %s bits does not exist".formatted(colours, depth));
    }
    if (file.at(from + 10) != 0 || file.at(from + 11) != 0 || file.at(from + 12) > 1) {
      throw file.damaged("its compression, filter or order of rows does not exist");
    }
  }

  private static int[] palette(ImageBytes file, int from, int length) {
    if (length % 3 != 0 || length > 768) {
      throw file.damaged("a palette of %s bytes".formatted(length));
    }
    int[] palette = new int[length / 3];
    for (int i = 0; i < palette.length; i++) {
      palette[i] = file.big16(from + 3 * i) << 8 | file.at(from + 3 * i + 2);
    }
    return palette;
  }

  @Override
  public int width() {
    return file.big32(header);
  }

  @Override
  public int height() {
    return file.big32(header + 4);
  }

  private int depth() {
    return file.at(header + 8);
  }

  private int colours() {
    return file.at(header + 9);
  }

  @Override
  public void decode(PixelWriter out) {
    checkPixels();
    BufferedImage image = new ImageDecoder("png", file).image(essentials());
    if (colours() == PALETTE) {
      Samples.indexed(image.getRaster(), palette, file, out, 0, 0);
    } else if (colours() == GREY && depth() < 8) {
      int[] greys = new int[1 << depth()];
      for (int i = 0; i < greys.length; i++) {
        greys[i] = i * 255 / (greys.length - 1) * 0x10101;
      }
      Samples.indexed(image.getRaster(), greys, file, out, 0, 0);
    } else {
      Samples.stored(image, out);
    }
  }

  /** Unpacks everything once: the decoder would not look at the end, nor at the checksum there. */
  private void checkPixels() {
    long expected = 0;
    for (int[] pass : file.at(header + 12) == 1 ? ADAM7 : ONE_PASS) {
      long rows = ((long) height() - pass[0] + pass[2] - 1) / pass[2];
      long columns = ((long) width() - pass[1] + pass[3] - 1) / pass[3];
      long bits = columns * BANDS[colours()] * depth();
      expected += columns > 0 ? rows * (1 + (bits + 7) / 8) : 0;
    }
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(packed);
      byte[] some = new byte[1 << 16];
      while (!inflater.finished() && inflater.getBytesWritten() <= expected) {
        if (inflater.inflate(some) == 0 && !inflater.finished()) {
          throw file.damaged("its packed pixels end early");
        }
      }
      if (inflater.getBytesWritten() != expected) {
        throw file.damaged(
            "%s bytes of pixels were expected, %s came"
                .formatted(
                    expected, inflater.finished() ? inflater.getBytesWritten() + "" : "more"));
      }
    } catch (DataFormatException e) {
      throw file.damaged(e);
    } finally {
      inflater.end();
    }
  }

  /** The file without anything but header, palette and pixels. */
  private byte[] essentials() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(packed.length + 1024);
    out.write(file.bytes(), 0, header + 13 + 4);
    if (colours() == PALETTE) {
      byte[] entries = new byte[3 * Math.max(1, palette.length)];
      write(out, "PLTE", entries);
    }
    write(out, "IDAT", packed);
    write(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.ISO_8859_1);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    out.writeBytes(name);
    out.writeBytes(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
