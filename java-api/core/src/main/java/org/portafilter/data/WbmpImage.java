package org.portafilter.data;

/**
 * A WBMP file of type 0: two sizes in seven bits a byte, then rows of one bit a pixel. WAP-237,
 * Wireless Application Environment, appendix.
 *
 * @param pixels where the first row begins
 */
record WbmpImage(ImageBytes file, int height, int width, int pixels) implements EncodedImage {
  private static final int MORE = 0x80;

  /** Reads the header; the format has no signature, so the file must have exactly its length. */
  static WbmpImage of(ImageBytes file) {
    int[] sizes = new int[2];
    int at = 2;
    for (int i = 0; i < 2; i++) {
      int part = MORE;
      while (part >= MORE) {
        if (at >= file.length() || sizes[i] >= 1 << 24) {
          throw EncodedImage.unknown(file);
        }
        part = file.at(at++);
        sizes[i] = sizes[i] << 7 | part & MORE - 1;
      }
    }
    long expected = at + (sizes[0] + 7L) / 8 * sizes[1];
    if (sizes[0] == 0 || sizes[1] == 0 || file.length() > expected) {
      throw EncodedImage.unknown(file);
    }
    if (file.length() < expected) {
      throw file.endsEarly(
          "if it is a WBMP image of %s x %s pixels, %s bytes are needed"
              .formatted(sizes[1], sizes[0], expected));
    }
    return new WbmpImage(file, sizes[1], sizes[0], at);
  }

  @Override
  public void decode(PixelWriter out) {
    int stride = (width + 7) / 8;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int bit = file.at(pixels + y * stride + x / 8) >> 7 - x % 8 & 1;
        out.set(y, x, bit * 0xffffff);
      }
    }
  }
}
