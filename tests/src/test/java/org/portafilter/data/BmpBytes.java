package org.portafilter.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A BMP file written pixel by pixel.
 *
 * @param depth bits of a pixel: 1, 4, 8 (of a palette), 16, 24, 32
 * @param compression 0 none, 1 and 2 run lengths of 8 and 4 bits, 3 masks
 * @param headerSize 12 (OS/2), 40, 108 or 124
 * @param masks of red, green, blue (and alpha) with compression 3
 * @param palette colours 0xRRGGBB
 * @param pixels row by row from the top: places in the palette or the pixel's bits
 */
record BmpBytes(
    int height,
    int width,
    int depth,
    int compression,
    int headerSize,
    boolean topDown,
    int[] masks,
    int[] palette,
    int[] pixels) {
  /** The header that says that a colour profile is embedded. */
  private static final int EMBEDDED = 124;

  byte[] file() {
    byte[] rows = compression == 1 || compression == 2 ? runs() : rows();
    int entry = headerSize == 12 ? 3 : 4;
    int behind = headerSize == 40 ? 4 * masks.length : 0;
    int start = 14 + headerSize + behind + entry * palette.length;
    ByteBuffer out = ByteBuffer.allocate(start + rows.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 'B').put((byte) 'M').putInt(out.capacity()).putInt(0).putInt(start);
    out.putInt(headerSize);
    if (headerSize == 12) {
      out.putShort((short) width).putShort((short) height).putShort((short) 1);
      out.putShort((short) depth);
    } else {
      out.putInt(width).putInt(topDown ? -height : height).putShort((short) 1);
      out.putShort((short) depth).putInt(compression).putInt(rows.length).putInt(2835);
      out.putInt(2835).putInt(palette.length).putInt(0);
      for (int mask : masks) {
        out.putInt(mask);
      }
    }
    if (headerSize == EMBEDDED) {
      out.putInt(14 + 56, 0x4d424544);
    }
    out.position(14 + headerSize + behind);
    for (int colour : palette) {
      out.put((byte) colour).put((byte) (colour >> 8)).put((byte) (colour >> 16));
      out.position(out.position() + entry - 3);
    }
    return out.put(rows).array();
  }

  private int at(int line, int x) {
    return pixels[(topDown ? line : height - 1 - line) * width + x];
  }

  private byte[] rows() {
    int stride = (width * depth + 31) / 32 * 4;
    byte[] rows = new byte[stride * height];
    for (int line = 0; line < height; line++) {
      for (int x = 0; x < width; x++) {
        if (depth < 8) {
          int bit = x * depth;
          rows[line * stride + bit / 8] |= (byte) (at(line, x) << 8 - depth - bit % 8);
        }
        for (int b = 0; b < depth / 8; b++) {
          rows[line * stride + x * depth / 8 + b] = (byte) (at(line, x) >> 8 * b);
        }
      }
    }
    return rows;
  }

  /** Runs of one for the even lines, absolute ones for the odd lines. */
  private byte[] runs() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int line = 0; line < height; line++) {
      if (line % 2 == 0) {
        for (int x = 0; x < width; x++) {
          out.write(1);
          out.write(compression == 2 ? at(line, x) << 4 : at(line, x));
        }
      } else {
        absolute(out, line);
      }
      out.write(0);
      out.write(line == height - 1 ? 1 : 0);
    }
    return out.toByteArray();
  }

  private void absolute(ByteArrayOutputStream out, int line) {
    out.write(0);
    out.write(width);
    int bytes = 0;
    int perByte = compression == 2 ? 2 : 1;
    for (int x = 0; x < width; x += perByte, bytes++) {
      int next = x + 1 < width ? at(line, x + 1) : 0;
      out.write(perByte == 2 ? at(line, x) << 4 | next : at(line, x));
    }
    if (bytes % 2 == 1) {
      out.write(0);
    }
  }
}
