package org.portafilter.data;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Cuts and pastes the segments of JPEG files. */
final class JpegBytes {
  private JpegBytes() {}

  static byte[] segment(int marker, byte[] data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0xff);
    out.write(marker);
    out.write(data.length + 2 >> 8);
    out.write(data.length + 2);
    out.writeBytes(data);
    return out.toByteArray();
  }

  /** The same file with more segments at its beginning. */
  static byte[] with(byte[] jpeg, byte[]... segments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    for (byte[] segment : segments) {
      out.writeBytes(segment);
    }
    out.write(jpeg, 2, jpeg.length - 2);
    return out.toByteArray();
  }

  /** Without the application segments: no JFIF, no Adobe. */
  static byte[] bare(byte[] jpeg) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    int at = 2;
    while ((jpeg[at + 1] & 255) != 0xda) {
      int length = 2 + ((jpeg[at + 2] & 255) << 8 | jpeg[at + 3] & 255);
      if ((jpeg[at + 1] & 0xf0) != 0xe0) {
        out.write(jpeg, at, length);
      }
      at += length;
    }
    out.write(jpeg, at, jpeg.length - at);
    return out.toByteArray();
  }

  /** Adobe's marker: 0 as stored, 1 YCbCr, 2 YCCK. */
  static byte[] adobe(int transform) {
    return segment(
        0xee, new byte[] {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform});
  }

  /** Renames the components, in the frame and in the first scan. */
  static byte[] renamed(byte[] jpeg, String names) {
    byte[] out = jpeg.clone();
    for (int at = 2; ; at += 2 + ((out[at + 2] & 255) << 8 | out[at + 3] & 255)) {
      int marker = out[at + 1] & 255;
      boolean scan = marker == 0xda;
      boolean frame = marker == 0xc0 || marker == 0xc2;
      for (int i = 0; (scan || frame) && i < names.length(); i++) {
        out[scan ? at + 5 + 2 * i : at + 10 + 3 * i] = (byte) names.charAt(i);
      }
      if (scan) {
        return out;
      }
    }
  }

  /** Replaces the first component's sampling factors, as two hexadecimal digits. */
  static byte[] resampled(byte[] jpeg, int factors) {
    byte[] out = jpeg.clone();
    int at = 2;
    while ((out[at + 1] & 255) != 0xc0) {
      at += 2 + ((out[at + 2] & 255) << 8 | out[at + 3] & 255);
    }
    out[at + 11] = (byte) factors;
    return out;
  }

  /** A profile that changes every value where somebody applies it. */
  private static byte[] profile(boolean grey) {
    return ICC_Profile.getInstance(grey ? ColorSpace.CS_GRAY : ColorSpace.CS_LINEAR_RGB).getData();
  }

  static byte[] profileSegment(boolean grey) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII));
    out.write(1);
    out.write(1);
    out.writeBytes(profile(grey));
    return segment(0xe2, out.toByteArray());
  }

  /** The data of PNG's chunk iCCP. */
  static byte[] profileChunk(boolean grey) {
    byte[] packed = PngBytes.deflated(profile(grey));
    byte[] data = Arrays.copyOf(new byte[] {'p', 0, 0}, 3 + packed.length);
    System.arraycopy(packed, 0, data, 3, packed.length);
    return data;
  }

  /** EXIF data: an orientation, in either order of bytes. */
  static byte[] exif(int orientation, boolean bigEndian) {
    byte[] big = {
      'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0
    };
    byte[] little = {
      'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    };
    byte[] exif = bigEndian ? big : little;
    exif[bigEndian ? 19 : 18] = (byte) orientation;
    return exif;
  }

  static byte[] exifSegment(int orientation, boolean bigEndian) {
    byte[] data = Arrays.copyOf("Exif\0\0".getBytes(StandardCharsets.US_ASCII), 32);
    System.arraycopy(exif(orientation, bigEndian), 0, data, 6, 26);
    return segment(0xe1, data);
  }
}
