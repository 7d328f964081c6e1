package org.portafilter.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;

/**
 * A GIF file: its blocks are followed to the trailer; the first frame is read, where it lies on the
 * screen. CompuServe, Graphics Interchange Format 89a.
 *
 * @param frame where the first frame's descriptor begins
 * @param end the first byte behind the first frame
 * @param transparent the place in the palette that is transparent, which is what lies around the
 *     frame; else 0
 */
record GifImage(ImageBytes file, int frame, int end, int transparent) implements EncodedImage {
  private static final int SCREEN = 13;
  private static final int EXTENSION = 0x21;
  private static final int GRAPHIC_CONTROL = 0xf9;
  private static final int FRAME = 0x2c;
  private static final int TRAILER = 0x3b;

  /** Follows all blocks. */
  static GifImage of(ImageBytes file) {
    int frame = 0;
    int end = 0;
    int transparent = 0;
    int at = SCREEN + paletteBytes(file.at(10));
    for (int kind = file.at(at); kind != TRAILER; kind = file.at(at)) {
      if (kind == EXTENSION) {
        boolean control = file.at(at + 1) == GRAPHIC_CONTROL && file.at(at + 2) >= 4;
        if (control && frame == 0) {
          transparent = (file.at(at + 3) & 1) == 1 ? file.at(at + 6) : 0;
        }
        at = behindBlocks(file, at + 2);
      } else if (kind == FRAME) {
        int next = behindBlocks(file, at + 11 + paletteBytes(file.at(at + 9)));
        if (frame == 0) {
          frame = at;
          end = next;
        }
        at = next;
      } else {
        throw file.damaged("byte %s begins no block".formatted(at));
      }
    }
    if (frame == 0) {
      throw file.damaged("it holds no frame");
    }
    if (file.little16(frame + 5) == 0 || file.little16(frame + 7) == 0) {
      throw file.damaged("its frame has no size");
    }
    return new GifImage(file, frame, end, transparent);
  }

  private static int paletteBytes(int flags) {
    return flags < 0x80 ? 0 : 3 << (flags & 7) + 1;
  }

  private static int behindBlocks(ImageBytes file, int from) {
    int at = from;
    while (file.at(at) != 0) {
      file.require(at, 1L + file.at(at));
      at += 1 + file.at(at);
    }
    return at + 1;
  }

  private int left() {
    return file.little16(frame + 1);
  }

  private int top() {
    return file.little16(frame + 3);
  }

  private int frameWidth() {
    return file.little16(frame + 5);
  }

  private int frameHeight() {
    return file.little16(frame + 7);
  }

  /** That of the screen, or of a frame that goes beyond it. */
  @Override
  public int width() {
    return Math.max(file.little16(6), left() + frameWidth());
  }

  @Override
  public int height() {
    return Math.max(file.little16(8), top() + frameHeight());
  }

  @Override
  public void decode(PixelWriter out) {
    int own = paletteBytes(file.at(frame + 9));
    int common = paletteBytes(file.at(10));
    if (own == 0 && common == 0) {
      throw file.refused("a GIF image without a palette");
    }
    int[] palette = new int[(own > 0 ? own : common) / 3];
    for (int i = 0; i < palette.length; i++) {
      int from = (own > 0 ? frame + 10 : SCREEN) + 3 * i;
      palette[i] = file.big16(from) << 8 | file.at(from + 2);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(file.bytes(), 0, SCREEN + common);
    bytes.write(file.bytes(), frame, end - frame);
    bytes.write(TRAILER);
    FilledRows rows = new FilledRows();
    BufferedImage image = new ImageDecoder("gif", file).image(bytes.toByteArray(), rows);
    if (rows.pixels() < (long) frameWidth() * frameHeight()) {
      throw file.damaged(
          "it holds %s of %s x %s pixels".formatted(rows.pixels(), frameHeight(), frameWidth()));
    }
    if (frameWidth() < width() || frameHeight() < height()) {
      int around = palette[Math.min(transparent, palette.length - 1)];
      for (int y = 0; y < height(); y++) {
        for (int x = 0; x < width(); x++) {
          out.set(y, x, around);
        }
      }
    }
    Samples.indexed(image.getRaster(), palette, file, out, top(), left());
  }
}
