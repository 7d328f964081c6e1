package org.portafilter.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/** Reads and writes single images; needs the module {@code java.desktop}. */
public final class ImageFile {
  private ImageFile() {}

  /**
   * The pixels of an image file (PNG, JPEG, GIF, BMP) as C x H x W bytes.
   *
   * @param shape 1 x H x W for grey or 3 x H x W for red, green, blue; the image must have this
   *     size
   */
  public static byte[] read(Path file, Shape shape) {
    BufferedImage image = decode(file);
    if (shape.rank() != 3 || (shape.dim(0) != 1 && shape.dim(0) != 3)) {
      throw new PortafilterException("images are read as 1xHxW or 3xHxW, asked for " + shape);
    }
    if (image.getHeight() != shape.dim(1) || image.getWidth() != shape.dim(2)) {
      throw new PortafilterException(
          "%s: expected %d x %d pixels (height x width), got %d x %d; resize it first"
              .formatted(file, shape.dim(1), shape.dim(2), image.getHeight(), image.getWidth()));
    }
    int channels = (int) shape.dim(0);
    int plane = image.getHeight() * image.getWidth();
    byte[] pixels = new byte[channels * plane];
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int at = y * image.getWidth() + x;
        if (channels == 1
            && image.getRaster().getNumBands() == 1
            && image.getSampleModel().getSampleSize(0) == 8) {
          // A grey image's samples as stored: getRGB would apply a gamma curve.
          pixels[at] = (byte) image.getRaster().getSample(x, y, 0);
          continue;
        }
        int rgb = image.getRGB(x, y);
        int red = rgb >> 16 & 255;
        int green = rgb >> 8 & 255;
        int blue = rgb & 255;
        if (channels == 1) {
          pixels[at] = (byte) Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
        } else {
          pixels[at] = (byte) red;
          pixels[plane + at] = (byte) green;
          pixels[2 * plane + at] = (byte) blue;
        }
      }
    }
    return pixels;
  }

  private static BufferedImage decode(Path file) {
    if (!Files.exists(file)) {
      throw new PortafilterException(file + ": no such file");
    }
    try {
      BufferedImage image = ImageIO.read(file.toFile());
      if (image == null) {
        throw new PortafilterException(
            file + ": not an image this JDK can read (PNG, JPEG, GIF or BMP)");
      }
      return image;
    } catch (IOException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new PortafilterException(file + ": the image is damaged (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Writes a grey image as PNG.
   *
   * @param pixels H x W bytes
   */
  public static void write(Path file, byte[] pixels, int height, int width) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < height * width; i++) {
      image.getRaster().setSample(i % width, i / width, 0, pixels[i] & 255);
    }
    try {
      ImageIO.write(image, "png", file.toFile());
    } catch (IOException e) {
      throw new PortafilterException(file + ": cannot be written (" + e.getMessage() + ")", e);
    }
  }
}
