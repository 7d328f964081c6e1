package org.portafilter.data;

/**
 * Takes pixels as they are stored and lays them out as planes: upright, and as luma where one
 * channel is asked for.
 */
final class PixelWriter {
  private final byte[] pixels;
  private final int channels;
  private final int height;
  private final int width;
  private final int plane;
  private final int origin;
  private final int rowStep;
  private final int columnStep;

  /**
   * @param channels 1 or 3
   * @param rows as stored
   * @param columns as stored
   */
  PixelWriter(int channels, int rows, int columns, Orientation orientation) {
    boolean transposed = orientation.transposed();
    this.channels = channels;
    this.height = transposed ? columns : rows;
    this.width = transposed ? rows : columns;
    this.plane = rows * columns;
    this.pixels = new byte[channels * plane];
    int row = transposed ? 1 : width;
    int column = transposed ? width : 1;
    this.rowStep = orientation.upsideDown() ? -row : row;
    this.columnStep = orientation.mirrored() ? -column : column;
    this.origin =
        (orientation.upsideDown() ? (rows - 1) * row : 0)
            + (orientation.mirrored() ? (columns - 1) * column : 0);
  }

  /** Sets one pixel, by its place as stored; colours 0 to 255. */
  void set(int y, int x, int red, int green, int blue) {
    int at = origin + y * rowStep + x * columnStep;
    if (channels == 1) {
      pixels[at] = (byte) luma(red, green, blue);
      return;
    }
    pixels[at] = (byte) red;
    pixels[plane + at] = (byte) green;
    pixels[2 * plane + at] = (byte) blue;
  }

  /** Sets one pixel to a colour 0xRRGGBB. */
  void set(int y, int x, int rgb) {
    set(y, x, rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255);
  }

  /** The luma of ITU-R BT.601 in 16 bits behind the point, rounded. */
  private static int luma(int red, int green, int blue) {
    return 19595 * red + 38470 * green + 7471 * blue + 0x8000 >> 16;
  }

  Planes planes() {
    return new Planes(pixels, channels, height, width);
  }
}
