package org.portafilter.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import org.portafilter.device.AtomicFile;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/**
 * Reads and writes single images (PNG, JPEG, GIF, BMP); needs the module {@code java.desktop}.
 *
 * <pre>{@code
 * byte[] pixels = ImageFile.read(Path.of("digit.png"), Shape.of(1, 28, 28));
 * byte[] photo = ImageFile.read(Path.of("cat.jpg"), Shape.of(3, 224, 224), Fit.CROP);
 * }</pre>
 */
public final class ImageFile {
  /** Larger images are refused before they are decoded, so that a small file cannot fill memory. */
  private static final long MOST_PIXELS = Long.getLong("portafilter.maxImagePixels", 1L << 26);

  private ImageFile() {}

  /**
   * The pixels of an image file that has exactly this size.
   *
   * @param shape 1 x H x W for grey or 3 x H x W for red, green, blue
   * @return C x H x W bytes, 0 to 255
   * @throws PortafilterException when the file is missing, no image, damaged or of another size
   */
  public static byte[] read(Path file, Shape shape) {
    return read(file, shape, Fit.EXACT);
  }

  /**
   * The pixels of an image file at this size. A colour image read as grey becomes its luma, 0.299 R
   * + 0.587 G + 0.114 B (ITU-R BT.601); transparency is ignored.
   *
   * @param shape 1 x H x W for grey or 3 x H x W for red, green, blue
   * @param fit what to do when the image has another size
   * @return C x H x W bytes, 0 to 255
   * @throws PortafilterException when the file is missing, no image, damaged, larger than 67
   *     million pixels (the system property {@code portafilter.maxImagePixels}), or, for {@link
   *     Fit#EXACT}, of another size
   */
  public static byte[] read(Path file, Shape shape, Fit fit) {
    if (shape.rank() != 3 || (shape.dim(0) != 1 && shape.dim(0) != 3)) {
      throw new PortafilterException("images are read as 1xHxW or 3xHxW, asked for " + shape);
    }
    BufferedImage image = decode(file);
    int height = Math.toIntExact(shape.dim(1));
    int width = Math.toIntExact(shape.dim(2));
    boolean same = image.getHeight() == height && image.getWidth() == width;
    if (fit == Fit.EXACT && !same) {
      throw new PortafilterException(
          "%s: expected %s x %s pixels (height x width), got %s x %s; resize it, or read it with Fit.CROP or Fit.STRETCH"
              .formatted(file, height, width, image.getHeight(), image.getWidth()));
    }
    return planes(image, (int) shape.dim(0)).fitted(height, width, fit);
  }

  private static Planes planes(BufferedImage image, int channels) {
    int width = image.getWidth();
    int plane = image.getHeight() * width;
    byte[] pixels = new byte[channels * plane];
    // A grey image's samples as stored: getRGB would apply a gamma curve.
    boolean stored =
        image.getRaster().getNumBands() == 1
            && image.getSampleModel().getSampleSize(0) == 8
            && image.getColorModel().getNumComponents() == 1;
    for (int at = 0; at < plane; at++) {
      int x = at % width;
      int y = at / width;
      if (stored) {
        for (int c = 0; c < channels; c++) {
          pixels[c * plane + at] = (byte) image.getRaster().getSample(x, y, 0);
        }
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
    return new Planes(pixels, channels, image.getHeight(), width);
  }

  private static BufferedImage decode(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new PortafilterException(file + ": no such file");
    }
    try (ImageInputStream in = new FileImageInputStream(file.toFile())) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new PortafilterException(
            file + ": not an image this JDK can read (PNG, JPEG, GIF or BMP)");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, true, true);
        long count = (long) reader.getWidth(0) * reader.getHeight(0);
        if (count > MOST_PIXELS) {
          throw new PortafilterException(
              "%s: %s x %s pixels; images above %s pixels are refused; shrink it, or allow more with -Dportafilter.maxImagePixels=N"
                  .formatted(file, reader.getHeight(0), reader.getWidth(0), MOST_PIXELS));
        }
        return reader.read(0);
      } finally {
        reader.dispose();
      }
    } catch (PortafilterException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The JDK's decoders answer damaged data with many kinds of exceptions.
      throw new PortafilterException(file + ": the image is damaged (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Writes an image as PNG, atomically, replacing what was there.
   *
   * @param pixels C x H x W bytes, 0 to 255
   * @param shape 1 x H x W for grey or 3 x H x W for red, green, blue
   */
  public static void write(Path file, byte[] pixels, Shape shape) {
    boolean fits = shape.rank() == 3 && (shape.dim(0) == 1 || shape.dim(0) == 3);
    if (!fits || shape.count() != pixels.length) {
      throw new PortafilterException(
          "%s: expected 1xHxW or 3xHxW and as many bytes, got %s and %s bytes"
              .formatted(file, shape, pixels.length));
    }
    int width = (int) shape.dim(2);
    int plane = (int) (shape.dim(1) * width);
    boolean grey = shape.dim(0) == 1;
    BufferedImage image =
        new BufferedImage(
            width,
            (int) shape.dim(1),
            grey ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
    for (int band = 0; band < shape.dim(0); band++) {
      for (int i = 0; i < plane; i++) {
        image.getRaster().setSample(i % width, i / width, band, pixels[band * plane + i] & 255);
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, "png", bytes)) {
        throw new IOException("this JDK writes no PNG");
      }
    } catch (IOException e) {
      throw new PortafilterException(
          file + ": cannot be drawn (" + PortafilterException.reason(e) + ")", e);
    }
    AtomicFile.write(file, bytes.toByteArray());
  }
}
