package org.portafilter.data;

import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A JPEG file: its segments are followed from the first marker to the end-of-image marker, and the
 * decoder sees the coding only, so that it hands out components as stored. ITU-T T.81 and T.872.
 *
 * @param coding the file without application segments and comments
 * @param frame where the frame header's data begins, in the file
 * @param adobe the colour transform of Adobe's marker; -1 without it
 * @param jfif whether a JFIF marker says that colours are YCbCr
 */
record JpegImage(
    ImageBytes file, byte[] coding, int frame, int adobe, boolean jfif, Orientation orientation)
    implements EncodedImage {
  private static final int PROGRESSIVE = 0xc2;
  private static final int END = 0xd9;
  private static final int SCAN = 0xda;
  private static final int COMMENT = 0xfe;

  /** Progressive files have some ten; each is a pass over all pixels. */
  private static final int MOST_SCANS = 256;

  /** Adobe's marker with "no colour transform", which makes the decoder keep what is stored. */
  private static final byte[] AS_STORED = {
    (byte) 0xff, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
  };

  /** Follows all segments. */
  static JpegImage of(ImageBytes file) {
    ByteArrayOutputStream coding = new ByteArrayOutputStream(file.length() + 64);
    coding.write(file.bytes(), 0, 2);
    coding.writeBytes(AS_STORED);
    Found found = new Found();
    for (int at = marker(file, 2); file.at(at) != END; ) {
      int marker = file.at(at);
      if (marker == 1 || marker >= 0xd0 && marker <= 0xd8) {
        at = marker(file, at + 1);
        continue;
      }
      int next = at + 1 + Math.max(2, file.big16(at + 1));
      file.require(at, next - at);
      found.note(file, marker, at + 3, next);
      if (marker == SCAN) {
        next = endOfScan(file, next);
      }
      if ((marker & 0xf0) != 0xe0 && marker != COMMENT) {
        coding.write(0xff);
        coding.write(file.bytes(), at, next - at);
      }
      at = marker(file, next);
    }
    coding.write(0xff);
    coding.write(END);
    if (found.frame == 0 || found.scans == 0) {
      throw file.damaged("it holds no pixels");
    }
    checkFrame(file, found.frame);
    return new JpegImage(
        file,
        coding.toByteArray(),
        found.frame,
        found.adobe,
        found.jfif,
        found.orientation == null ? Orientation.UPRIGHT : found.orientation);
  }

  /** What the segments say of the pixels. */
  private static final class Found {
    int frame;
    int scans;
    int adobe = -1;
    boolean jfif;
    @Nullable Orientation orientation;

    void note(ImageBytes file, int marker, int data, int next) {
      int length = next - data;
      if (isFrame(marker) && frame == 0) {
        frame = data;
        if (marker > PROGRESSIVE) {
          throw file.refused("a lossless, hierarchical or arithmetic-coded JPEG image");
        }
      } else if (marker == SCAN && ++scans > MOST_SCANS) {
        throw file.refused("a JPEG image of more than " + MOST_SCANS + " scans");
      } else if (marker == 0xe0 && length >= 14 && file.says(data, "JFIF\0")) {
        jfif = true;
      } else if (marker == 0xe1 && orientation == null && file.says(data, "Exif\0\0")) {
        orientation = Orientation.read(file, data + 6, next);
      } else if (marker == 0xee && length >= 12 && file.says(data, "Adobe")) {
        adobe = file.at(data + 11);
      }
    }
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private static void checkFrame(ImageBytes file, int frame) {
    int bits = file.at(frame);
    if (bits != 8) {
      throw file.refused("a JPEG image with samples of %s bits".formatted(bits));
    }
    if (file.big16(frame + 1) == 0 || file.big16(frame + 3) == 0) {
      throw file.damaged("its header states no size");
    }
    int components = file.at(frame + 5);
    if (components != 1 && components != 3 && components != 4) {
      throw file.refused("a JPEG image of %s components".formatted(components));
    }
    file.require(frame + 6, 3L * components);
  }

  /** The place of the next marker's code; decoders skip what stands before it. */
  private static int marker(ImageBytes file, int from) {
    int at = from;
    while (at + 1 < file.length() && !(file.at(at) == 255 && isCode(file.at(at + 1)))) {
      at++;
    }
    if (at + 1 >= file.length()) {
      throw file.endsEarly("the end-of-image marker is missing");
    }
    return at + 1;
  }

  private static boolean isCode(int value) {
    return value != 0 && value != 255;
  }

  /** The first place behind a scan's pixels, among which zeros and restart markers are stuffed. */
  private static int endOfScan(ImageBytes file, int from) {
    int at = marker(file, from);
    while (file.at(at) >= 0xd0 && file.at(at) <= 0xd7) {
      at = marker(file, at + 1);
    }
    return at - 1;
  }

  @Override
  public int height() {
    return file.big16(frame + 1);
  }

  @Override
  public int width() {
    return file.big16(frame + 3);
  }

  @Override
  public void decode(PixelWriter out) {
    Raster raster = new ImageDecoder("jpeg", file).raster(coding);
    int bands = file.at(frame + 5);
    if (raster.getNumBands() != bands
        || raster.getWidth() != width()
        || raster.getHeight() != height()) {
      throw file.damaged("the decoder made another image than the header states");
    }
    boolean transformed = isTransformed(bands);
    boolean doubled = hasDoubledRows(raster);
    int[] row = new int[width() * bands];
    int[] other = new int[row.length];
    for (int y = 0; y < height(); y++) {
      raster.getPixels(0, y, width(), 1, row);
      if (doubled) {
        blend(raster, y, row, other);
      }
      for (int x = 0; x < width(); x++) {
        int at = x * bands;
        if (bands == 1) {
          out.set(y, x, row[at], row[at], row[at]);
          continue;
        }
        if (transformed) {
          toRgb(row, at, bands == 4);
        }
        int black = bands == 4 ? row[at + 3] : 255;
        out.set(y, x, times(row[at], black), times(row[at + 1], black), times(row[at + 2], black));
      }
    }
  }

  /**
   * Whether colour has half the rows (4:4:0) and the decoder has repeated each: libjpeg 6b, which
   * most JDKs carry, smooths columns only, where its successors smooth rows as well.
   */
  private boolean hasDoubledRows(Raster raster) {
    boolean doubled =
        raster.getNumBands() == 3
            && file.at(frame + 7) == 0x12
            && file.at(frame + 10) == 0x11
            && file.at(frame + 13) == 0x11;
    for (int band = 1; doubled && band < 3; band++) {
      for (int y = 0; doubled && y + 1 < height(); y += 2) {
        int[] upper = raster.getSamples(0, y, width(), 1, band, (int[]) null);
        int[] lower = raster.getSamples(0, y + 1, width(), 1, band, (int[]) null);
        doubled = Arrays.equals(upper, lower);
      }
    }
    return doubled;
  }

  /** Weighs the nearer row of colours 3, the farther 1, as is done with columns. */
  private void blend(Raster raster, int y, int[] row, int[] other) {
    int farther = y % 2 == 0 ? Math.max(0, y - 1) : Math.min(height() - 1, y + 1);
    raster.getPixels(0, farther, width(), 1, other);
    for (int i = 0; i < row.length; i++) {
      if (i % 3 > 0) {
        row[i] = 3 * row[i] + other[i] + 1 + y % 2 >> 2;
      }
    }
  }

  /** Whether the first three components are YCbCr: what libjpeg concludes from the markers. */
  private boolean isTransformed(int bands) {
    if (bands == 4) {
      return adobe > 0;
    }
    if (jfif) {
      return true;
    }
    if (adobe >= 0) {
      return adobe != 0;
    }
    return !(file.at(frame + 6) == 'R' && file.at(frame + 9) == 'G' && file.at(frame + 12) == 'B');
  }

  /** ITU-T T.871, in 16 bits behind the point; of inks, the complement (T.872). */
  private static void toRgb(int[] row, int at, boolean inks) {
    int y = row[at];
    int blue = row[at + 1] - 128;
    int red = row[at + 2] - 128;
    row[at] = clipped(y + (91881 * red + 0x8000 >> 16));
    row[at + 1] = clipped(y + (-22554 * blue - 46802 * red + 0x8000 >> 16));
    row[at + 2] = clipped(y + (116130 * blue + 0x8000 >> 16));
    for (int c = 0; inks && c < 3; c++) {
      row[at + c] = 255 - row[at + c];
    }
  }

  private static int clipped(int value) {
    return Math.max(0, Math.min(255, value));
  }

  /** Inks are stored inverted, as Adobe does: a colour is the light that ink and black let by. */
  private static int times(int light, int black) {
    return (light * black + 127) / 255;
  }
}
