package org.portafilter.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;

/**
 * A BMP file: the header's promises are checked against the length, and run lengths are followed to
 * their end. Microsoft, BITMAPINFOHEADER and its successors.
 */
record BmpImage(ImageBytes file) implements EncodedImage {
  private static final int CORE = 12;
  private static final int INFO = 40;
  private static final int WITH_COLOURS = 108;
  private static final int RUNS_OF_8 = 1;
  private static final int RUNS_OF_4 = 2;
  private static final int MASKS = 3;
  private static final int STANDARD_COLOURS = 0x73524742;

  /** Reads the header. */
  static BmpImage of(ImageBytes file) {
    BmpImage image = new BmpImage(file);
    int header = file.little32(14);
    if (header != CORE && header < INFO) {
      throw file.refused("a BMP image with a header of %s bytes".formatted(header));
    }
    if (image.width() < 1 || image.height() < 1) {
      throw file.damaged(
          "its width is %s and its height %s".formatted(image.width(), image.rows()));
    }
    if (image.compression() > MASKS || image.compression() < 0) {
      throw file.refused("a BMP image of compression " + image.compression());
    }
    return image;
  }

  private boolean isCore() {
    return file.little32(14) == CORE;
  }

  @Override
  public int width() {
    return isCore() ? file.little16(18) : file.little32(18);
  }

  /** Negative where the first row is the uppermost. */
  private int rows() {
    return isCore() ? file.little16(20) : file.little32(22);
  }

  @Override
  public int height() {
    return Math.abs(rows());
  }

  private int depth() {
    return isCore() ? file.little16(24) : file.little16(28);
  }

  private int compression() {
    return isCore() ? 0 : file.little32(30);
  }

  /** Where the pixels begin. */
  private int start() {
    return file.little32(10);
  }

  @Override
  public void decode(PixelWriter out) {
    long promised = file.little32(2) & 0xffffffffL;
    if (promised > file.length()) {
      throw file.endsEarly("its header promises %s".formatted(promised));
    }
    if (compression() == RUNS_OF_8 || compression() == RUNS_OF_4) {
      followRuns();
    } else {
      file.require(start() & 0xffffffffL, ((long) width() * depth() + 31) / 32 * 4 * height());
    }
    BufferedImage image = new ImageDecoder("bmp", file).image(plain());
    if (image.getWidth() != width() || image.getHeight() != height()) {
      throw file.damaged("the decoder made another image than the header states");
    }
    if (image.getColorModel() instanceof IndexColorModel model) {
      int[] palette = new int[model.getMapSize()];
      model.getRGBs(palette);
      Samples.indexed(image.getRaster(), palette, file, out, 0, 0);
    } else {
      Samples.stored(image, out);
    }
  }

  /** The file, its colour space declared to be the usual one: profiles are not applied. */
  private byte[] plain() {
    if (file.little32(14) < WITH_COLOURS) {
      return file.bytes();
    }
    byte[] bytes = file.bytes().clone();
    for (int i = 0; i < 4; i++) {
      bytes[14 + 56 + i] = (byte) (STANDARD_COLOURS >> 8 * i);
    }
    return bytes;
  }

  /** Follows runs, absolute stretches and jumps to the mark at the end of the image. */
  private void followRuns() {
    int at = start();
    while (true) {
      int count = file.at(at);
      int value = file.at(at + 1);
      at += 2;
      if (count == 0 && value == 1) {
        return;
      }
      if (count == 0 && value >= 2) {
        int bytes = compression() == RUNS_OF_4 ? (value + 1) / 2 : value;
        int length = value == 2 ? 2 : bytes + bytes % 2;
        file.require(at, length);
        at += length;
      }
    }
  }
}
