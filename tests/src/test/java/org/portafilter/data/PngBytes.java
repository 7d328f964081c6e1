package org.portafilter.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * A PNG file written sample by sample: every colour type, depth and order of the standard, with
 * every filter.
 *
 * @param colourType 0 grey, 2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha
 * @param depth bits of a sample
 * @param samples row by row, pixel by pixel
 * @param before chunks between the header and the pixels, whole
 */
public record PngBytes(
    int height,
    int width,
    int colourType,
    int depth,
    boolean interlaced,
    int[] samples,
    byte[] before) {
  /** First row and column, and their steps, of the seven passes of Adam7. */
  private static final int[][] ADAM7 = {
    {0, 0, 8, 8}, {0, 4, 8, 8}, {4, 0, 8, 4}, {0, 2, 4, 4}, {2, 0, 4, 2}, {0, 1, 2, 2}, {1, 0, 2, 1}
  };

  private static final int[][] ONE_PASS = {{0, 0, 1, 1}};

  static int bands(int colourType) {
    return new int[] {1, 0, 3, 1, 2, 0, 4}[colourType];
  }

  byte[] file() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put((byte) depth).put((byte) colourType).put((byte) 0).put((byte) 0);
    header.put((byte) (interlaced ? 1 : 0));
    out.writeBytes(chunk("IHDR", header.array()));
    out.writeBytes(before);
    byte[] packed = deflated(rows());
    int half = packed.length / 2;
    out.writeBytes(chunk("IDAT", Arrays.copyOf(packed, half)));
    out.writeBytes(chunk("IDAT", Arrays.copyOfRange(packed, half, packed.length)));
    out.writeBytes(chunk("IEND", new byte[0]));
    return out.toByteArray();
  }

  static byte[] chunk(String type, byte[] data) {
    ByteBuffer chunk = ByteBuffer.allocate(12 + data.length).putInt(data.length);
    chunk.put(type.getBytes(StandardCharsets.US_ASCII)).put(data);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, 4 + data.length);
    return chunk.putInt((int) crc.getValue()).array();
  }

  /** The same bytes with the checksums of all whole chunks made right. */
  public static byte[] repaired(byte[] png) {
    ByteBuffer out = ByteBuffer.wrap(png.clone());
    long at = 8;
    while (at + 12 <= png.length) {
      long end = at + 8 + (out.getInt((int) at) & 0xffffffffL);
      if (end + 4 > png.length) {
        break;
      }
      CRC32 crc = new CRC32();
      crc.update(png, (int) at + 4, (int) (end - at - 4));
      out.putInt((int) end, (int) crc.getValue());
      at = end + 4;
    }
    return out.array();
  }

  static byte[] deflated(byte[] data) {
    Deflater deflater = new Deflater();
    deflater.setInput(data);
    deflater.finish();
    byte[] out = new byte[data.length + data.length / 100 + 64];
    int length = deflater.deflate(out);
    deflater.end();
    return Arrays.copyOf(out, length);
  }

  private byte[] rows() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int[] pass : interlaced ? ADAM7 : ONE_PASS) {
      int columns = (width - pass[1] + pass[3] - 1) / pass[3];
      byte[] above = null;
      for (int y = pass[0]; y < height && columns > 0; y += pass[2]) {
        byte[] row = packed(y, pass[1], pass[3], columns);
        byte[] up = above == null ? new byte[row.length] : above;
        int filter = (y + colourType) % 5;
        out.write(filter);
        out.writeBytes(filtered(filter, row, up));
        above = row;
      }
    }
    return out.toByteArray();
  }

  private byte[] packed(int y, int firstColumn, int step, int columns) {
    int bands = bands(colourType);
    byte[] row = new byte[(columns * bands * depth + 7) / 8];
    for (int i = 0; i < columns * bands; i++) {
      int x = firstColumn + i / bands * step;
      int sample = samples[(y * width + x) * bands + i % bands];
      if (depth == 16) {
        row[2 * i] = (byte) (sample >> 8);
        row[2 * i + 1] = (byte) sample;
      } else {
        int bit = i * depth;
        row[bit / 8] |= (byte) (sample << 8 - depth - bit % 8);
      }
    }
    return row;
  }

  private byte[] filtered(int filter, byte[] row, byte[] above) {
    int step = Math.max(1, bands(colourType) * depth / 8);
    byte[] out = new byte[row.length];
    for (int i = 0; i < row.length; i++) {
      int left = i < step ? 0 : row[i - step] & 255;
      int up = above[i] & 255;
      int corner = i < step ? 0 : above[i - step] & 255;
      int guess =
          switch (filter) {
            case 0 -> 0;
            case 1 -> left;
            case 2 -> up;
            case 3 -> (left + up) / 2;
            default -> paeth(left, up, corner);
          };
      out[i] = (byte) (row[i] - guess);
    }
    return out;
  }

  private static int paeth(int left, int up, int corner) {
    int estimate = left + up - corner;
    int toLeft = Math.abs(estimate - left);
    int toUp = Math.abs(estimate - up);
    int toCorner = Math.abs(estimate - corner);
    return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
  }
}
