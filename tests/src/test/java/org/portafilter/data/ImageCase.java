package org.portafilter.data;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * An image file and what it holds.
 *
 * @param format the row of the table it counts in
 * @param kind what is particular about it
 * @param colours 0xRRGGBB, row by row; none where only Pillow knows
 * @param pillow whether Pillow's values are right; of 16-bit grey it keeps the lower byte
 */
record ImageCase(
    String format, String kind, byte[] file, int height, int width, int[] colours, boolean pillow) {

  private static final int HEIGHT = 9;
  private static final int WIDTH = 13;

  String ending() {
    return "." + format.toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return format + " " + kind;
  }

  private static int[] random(int count, int bound, long seed) {
    return new Random(seed).ints(count, 0, bound).toArray();
  }

  /** A sample as a byte. */
  private static int to8(int sample, int depth) {
    return (int) Math.round(sample * 255.0 / ((1 << depth) - 1));
  }

  /** Every colour type, depth, order, with and without transparency and colour information. */
  static List<ImageCase> png() {
    List<ImageCase> cases = new ArrayList<>();
    for (int type : new int[] {0, 2, 3, 4, 6}) {
      for (int depth : new int[] {1, 2, 4, 8, 16}) {
        boolean exists = type == 0 || type == 3 && depth < 16 || depth >= 8 && type != 3;
        for (int variant = 0; exists && variant < 8; variant++) {
          boolean transparent = (variant & 2) != 0;
          if (!transparent || type < 4) {
            cases.add(
                png(HEIGHT, WIDTH, type, depth, (variant & 1) != 0, transparent, variant >= 4));
          }
        }
      }
    }
    for (int size = 1; size <= 9; size++) {
      cases.add(png(size, 10 - size, 2, 8, true, false, false));
      cases.add(png(1, size, 0, 1, true, false, false));
      cases.add(png(size, 1, 3, 4, true, false, false));
    }
    return cases;
  }

  static ImageCase png(
      int height,
      int width,
      int type,
      int depth,
      boolean interlaced,
      boolean transparent,
      boolean coloured) {
    int bands = PngBytes.bands(type);
    int[] samples = random(height * width * bands, 1 << depth, 31 * type + depth);
    int[] palette = random(1 << Math.min(8, depth), 1 << 24, 5);
    ByteArrayOutputStream before = new ByteArrayOutputStream();
    if (coloured) {
      before.writeBytes(PngBytes.chunk("gAMA", new byte[] {0, 0, 0x27, 0x10}));
      before.writeBytes(PngBytes.chunk("iCCP", JpegBytes.profileChunk(type == 0 || type == 4)));
    }
    if (type == 3) {
      byte[] entries = new byte[3 * palette.length];
      for (int i = 0; i < entries.length; i++) {
        entries[i] = (byte) (palette[i / 3] >> 16 - i % 3 * 8);
      }
      before.writeBytes(PngBytes.chunk("PLTE", entries));
    }
    if (transparent) {
      before.writeBytes(PngBytes.chunk("tRNS", transparency(type, samples)));
    }
    int[] colours = new int[height * width];
    for (int i = 0; i < colours.length; i++) {
      int grey = to8(samples[i * bands], depth);
      colours[i] =
          switch (type) {
            case 3 -> palette[samples[i]];
            case 0, 4 -> grey * 0x10101;
            default ->
                grey << 16
                    | to8(samples[i * bands + 1], depth) << 8
                    | to8(samples[i * bands + 2], depth);
          };
    }
    String kind =
        "type %d, %d bits, %d x %d%s%s%s"
            .formatted(
                type,
                depth,
                height,
                width,
                interlaced ? ", interlaced" : "",
                transparent ? ", tRNS" : "",
                coloured ? ", gAMA and iCCP" : "");
    byte[] file =
        new PngBytes(height, width, type, depth, interlaced, samples, before.toByteArray()).file();
    boolean pillow = type != 0 || depth < 16;
    return new ImageCase("PNG", kind, file, height, width, colours, pillow);
  }

  private static byte[] transparency(int type, int[] samples) {
    if (type == 3) {
      return new byte[] {0, 100};
    }
    byte[] first = new byte[2 * PngBytes.bands(type)];
    for (int i = 0; i < first.length; i++) {
      first[i] = (byte) (samples[i / 2] >> (i % 2 == 0 ? 8 : 0));
    }
    return first;
  }

  /** Every depth, compression, header and order of rows. */
  static List<ImageCase> bmp() {
    List<ImageCase> cases = new ArrayList<>();
    for (int depth : new int[] {1, 4, 8, 24, 32}) {
      for (int header : new int[] {12, 40}) {
        if (depth < 32 || header == 40) {
          cases.add(bmp(depth, 0, header, false, new int[0]));
        }
      }
      cases.add(bmp(depth, 0, 40, true, new int[0]));
    }
    cases.add(bmp(16, 0, 40, false, new int[0]));
    cases.add(bmp(16, 3, 40, false, new int[] {0x7c00, 0x3e0, 0x1f}));
    cases.add(bmp(16, 3, 40, false, new int[] {0xf800, 0x7e0, 0x1f}));
    cases.add(bmp(32, 3, 40, false, new int[] {0xff0000, 0xff00, 0xff}));
    cases.add(bmp(32, 3, 108, false, new int[] {0xff0000, 0xff00, 0xff, 0xff000000}));
    cases.add(bmp(32, 3, 124, false, new int[] {0xff0000, 0xff00, 0xff, 0xff000000}));
    cases.add(bmp(24, 0, 124, false, new int[0]));
    cases.add(bmp(8, 1, 40, false, new int[0]));
    cases.add(bmp(4, 2, 40, false, new int[0]));
    return cases;
  }

  private static ImageCase bmp(
      int depth, int compression, int header, boolean topDown, int[] masks) {
    int[] palette = depth > 8 ? new int[0] : random(1 << depth, 1 << 24, depth);
    int most = depth > 8 ? 0 : 1 << depth;
    int[] pixels =
        most == 0
            ? new Random(depth).ints(HEIGHT * WIDTH).toArray()
            : random(HEIGHT * WIDTH, most, 3);
    int[] bits =
        masks.length > 0
            ? masks
            : depth == 16 ? new int[] {0x7c00, 0x3e0, 0x1f} : new int[] {0xff0000, 0xff00, 0xff};
    int[] colours = new int[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      colours[i] =
          most > 0
              ? palette[pixels[i]]
              : masked(pixels[i], bits[0]) << 16
                  | masked(pixels[i], bits[1]) << 8
                  | masked(pixels[i], bits[2]);
    }
    byte[] file =
        new BmpBytes(HEIGHT, WIDTH, depth, compression, header, topDown, masks, palette, pixels)
            .file();
    String kind =
        "%d bits, compression %d, header %d%s, %d masks"
            .formatted(depth, compression, header, topDown ? ", top down" : "", masks.length);
    // Pillow drops the last pixel of an odd number in an absolute run of four bits.
    return new ImageCase("BMP", kind, file, HEIGHT, WIDTH, colours, compression != 2);
  }

  private static int masked(int pixel, int mask) {
    int bits = Integer.bitCount(mask);
    return to8((pixel & mask) >>> Integer.numberOfTrailingZeros(mask), bits);
  }
}
