package org.portafilter.data;

import java.util.Locale;
import org.portafilter.shape.PortafilterException;

/** What Java arrays and buffers hold, and the refusal of what they do not. */
final class Limits {
  /** The longest array that every virtual machine makes. */
  static final int MOST = Integer.MAX_VALUE - 8;

  private Limits() {}

  /**
   * The length of an array of {@code each} values for each of {@code count} things.
   *
   * @param what names the array's contents
   * @param remedy follows the two numbers in the message
   * @throws PortafilterException when one array does not hold them
   */
  static int length(long count, long each, String what, String remedy) {
    if (each > 0 && count > MOST / each) {
      throw new PortafilterException(
          String.format(
              Locale.ROOT,
              "%s: %,d times %,d values, and one array holds at most %,d; %s",
              what,
              count,
              each,
              MOST,
              remedy));
    }
    return (int) (count * each);
  }
}
