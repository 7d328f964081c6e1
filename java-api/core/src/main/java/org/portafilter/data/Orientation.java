package org.portafilter.data;

/**
 * How a stored image is turned to stand upright: mirrored in itself, then rows and columns
 * exchanged. EXIF 2.32, tag 0x0112.
 *
 * @param upsideDown whether the first row as stored is the last one
 * @param mirrored whether the first column as stored is the last one
 * @param transposed whether rows become columns afterwards
 */
record Orientation(boolean upsideDown, boolean mirrored, boolean transposed) {
  static final Orientation UPRIGHT = new Orientation(false, false, false);

  private static final int TAG = 0x0112;
  private static final int BYTE = 1;
  private static final int LONG = 4;

  /** That of an EXIF number; numbers other than 1 to 8 say nothing. */
  static Orientation of(int exif) {
    return switch (exif) {
      case 2 -> new Orientation(false, true, false);
      case 3 -> new Orientation(true, true, false);
      case 4 -> new Orientation(true, false, false);
      case 5 -> new Orientation(false, false, true);
      case 6 -> new Orientation(true, false, true);
      case 7 -> new Orientation(true, true, true);
      case 8 -> new Orientation(false, true, true);
      default -> UPRIGHT;
    };
  }

  /**
   * Looks the tag up in EXIF data; what cannot be understood there says nothing.
   *
   * @param from where the data begins (the letters of its byte order)
   * @param end the first byte behind it
   */
  static Orientation read(ImageBytes file, int from, int end) {
    boolean big = file.says(from, "MM\0*");
    if (end - from < 8 || !big && !file.says(from, "II*\0")) {
      return UPRIGHT;
    }
    long directory = from + (number(file, from + 4, 4, big) & 0xffffffffL);
    if (directory + 2 > end) {
      return UPRIGHT;
    }
    int entries = number(file, (int) directory, 2, big);
    for (int i = 0; i < entries && directory + 2 + 12 * (i + 1) <= end; i++) {
      int entry = (int) directory + 2 + 12 * i;
      if (number(file, entry, 2, big) == TAG) {
        int type = number(file, entry + 2, 2, big);
        int size = type == BYTE ? 1 : type == LONG ? 4 : 2;
        return of(number(file, entry + 8, size, big));
      }
    }
    return UPRIGHT;
  }

  private static int number(ImageBytes file, int place, int size, boolean big) {
    int number = 0;
    for (int i = 0; i < size; i++) {
      number = number << 8 | file.at(place + (big ? i : size - 1 - i));
    }
    return number;
  }
}
