package org.portafilter.data;

import java.nio.charset.StandardCharsets;
import org.portafilter.shape.PortafilterException;

/**
 * The bytes of an image file, read at any place; a place behind the end is a file cut short.
 *
 * @param name of the file, for messages
 */
record ImageBytes(String name, byte[] bytes) {
  int length() {
    return bytes.length;
  }

  /** One byte, 0 to 255. */
  int at(int place) {
    require(place, 1);
    return bytes[place] & 255;
  }

  /** Two bytes, the higher first. */
  int big16(int place) {
    return at(place) << 8 | at(place + 1);
  }

  /** Four bytes, the highest first. */
  int big32(int place) {
    return big16(place) << 16 | big16(place + 2);
  }

  /** Two bytes, the lower first. */
  int little16(int place) {
    return at(place) | at(place + 1) << 8;
  }

  /** Four bytes, the lowest first. */
  int little32(int place) {
    return little16(place) | little16(place + 2) << 16;
  }

  /** Whether ASCII text stands at a place. */
  boolean says(int place, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    boolean same = place >= 0 && place + wanted.length <= bytes.length;
    for (int i = 0; same && i < wanted.length; i++) {
      same = bytes[place + i] == wanted[i];
    }
    return same;
  }

  /** Refuses a file that ends before a piece does. */
  void require(long from, long count) {
    if (from < 0 || count < 0 || from + count > bytes.length) {
      throw endsEarly("%s more bytes are needed at byte %s".formatted(count, from));
    }
  }

  PortafilterException endsEarly(String how) {
    return damaged("it ends early, after %s bytes: %s".formatted(bytes.length, how));
  }

  PortafilterException damaged(String how) {
    return new PortafilterException(
        "%s: the image is damaged (%s); replace the file by a whole one".formatted(name, how));
  }

  /** Answers what the JDK's decoders throw at damaged bytes. */
  PortafilterException damaged(Throwable thrown) {
    return new PortafilterException(
        damaged(PortafilterException.reason(thrown)).getMessage(), thrown);
  }

  /** For what is in order, but of a kind that is not read. */
  PortafilterException refused(String what) {
    return new PortafilterException(
        "%s: %s is not read; save it as PNG, or decode it with another library and pass the BufferedImage"
            .formatted(name, what));
  }
}
