package org.portafilter.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import org.portafilter.shape.PortafilterException;

/**
 * The samples of a decoded image as bytes: as they are stored, scaled to 0 to 255, without any
 * colour management; alpha is dropped.
 */
final class Samples {
  private Samples() {}

  /**
   * Writes colours of a palette.
   *
   * @param palette colours 0xRRGGBB
   * @param top where the raster's first row goes
   * @param left where the raster's first column goes
   */
  static void indexed(
      Raster raster, int[] palette, ImageBytes file, PixelWriter out, int top, int left) {
    int width = raster.getWidth();
    int[] row = new int[width];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
      for (int x = 0; x < width; x++) {
        if (row[x] >= palette.length) {
          throw file.damaged(
              "pixel (%s, %s) has colour %s of a palette of %s"
                  .formatted(y, x, row[x], palette.length));
        }
        out.set(top + y, left + x, palette[row[x]]);
      }
    }
  }

  /** Writes grey or coloured samples; of colours that are neither, what Java takes them for. */
  static void stored(BufferedImage image, PixelWriter out) {
    ColorModel model = image.getColorModel();
    int bands = model.getNumColorComponents();
    int space = model.getColorSpace().getType();
    boolean direct =
        !(model instanceof IndexColorModel)
            && (bands == 1 && space == ColorSpace.TYPE_GRAY
                || bands == 3 && space == ColorSpace.TYPE_RGB);
    if (!direct) {
      converted(image, out);
    } else if (model.hasAlpha() && model.isAlphaPremultiplied()) {
      WritableRaster copy = image.copyData(null);
      stored(new BufferedImage(model.coerceData(copy, false), copy, false, null), out);
    } else if (isWhole(model)) {
      whole(image, out);
    } else {
      normalised(image, out);
    }
  }

  private static boolean isWhole(ColorModel model) {
    boolean whole =
        model.getTransferType() == DataBuffer.TYPE_BYTE
            || model.getTransferType() == DataBuffer.TYPE_USHORT
            || model.getTransferType() == DataBuffer.TYPE_INT;
    for (int size : model.getComponentSize()) {
      whole &= size >= 1 && size <= 16;
    }
    return whole;
  }

  private static void whole(BufferedImage image, PixelWriter out) {
    Raster raster = image.getRaster();
    ColorModel model = image.getColorModel();
    int bands = raster.getNumBands();
    boolean grey = model.getNumColorComponents() == 1;
    int[] most = new int[3];
    for (int c = 0; c < 3; c++) {
      most[c] = (1 << model.getComponentSize(grey ? 0 : c)) - 1;
    }
    int[] row = new int[image.getWidth() * bands];
    for (int y = 0; y < image.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, image.getWidth(), 1, row);
      for (int x = 0; x < image.getWidth(); x++) {
        int at = x * bands;
        int first = scaled(row[at], most[0]);
        if (grey) {
          out.set(y, x, first, first, first);
        } else {
          out.set(y, x, first, scaled(row[at + 1], most[1]), scaled(row[at + 2], most[2]));
        }
      }
    }
  }

  private static int scaled(int sample, int most) {
    return most == 255 ? sample : (sample * 255 + most / 2) / most;
  }

  /** Floating point, signed or wide samples. */
  private static void normalised(BufferedImage image, PixelWriter out) {
    Raster raster = image.getRaster();
    ColorModel model = image.getColorModel();
    boolean grey = model.getNumColorComponents() == 1;
    Object pixel = null;
    float[] parts = null;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        pixel = raster.getDataElements(raster.getMinX() + x, raster.getMinY() + y, pixel);
        parts = model.getNormalizedComponents(pixel, parts, 0);
        int first = unit(parts[0]);
        out.set(y, x, first, grey ? first : unit(parts[1]), grey ? first : unit(parts[2]));
      }
    }
  }

  private static int unit(float part) {
    return Math.max(0, Math.min(255, Math.round(255 * part)));
  }

  private static void converted(BufferedImage image, PixelWriter out) {
    int[] row = new int[image.getWidth()];
    for (int y = 0; y < image.getHeight(); y++) {
      try {
        image.getRGB(0, y, row.length, 1, row, 0, row.length);
      } catch (RuntimeException e) {
        throw new PortafilterException(
            "the BufferedImage's colours are not understood ("
                + PortafilterException.reason(e)
                + ")",
            e);
      }
      for (int x = 0; x < row.length; x++) {
        out.set(y, x, row[x]);
      }
    }
  }
}
