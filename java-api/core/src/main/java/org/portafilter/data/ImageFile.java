package org.portafilter.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.portafilter.device.AtomicFile;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/**
 * Reads and writes single images: PNG, JPEG, GIF (the first frame), BMP and WBMP. Needs the module
 * {@code java.desktop}, but neither a display nor a folder for temporary files.
 *
 * <p>Values are the samples as stored, scaled to 0 to 255 (of 16 bits the upper eight, rounded): no
 * gamma, no embedded profile is applied, and transparency is dropped, not blended. CMYK becomes the
 * light that each ink and black let by. A colour image read as grey becomes its luma, 0.299 R +
 * 0.587 G + 0.114 B (ITU-R BT.601); a grey one read as colour is repeated. An orientation in EXIF
 * data is applied before sizes are compared.
 *
 * <p>A file that ends early is refused, as is one whose checksums (PNG) or codes do not hold.
 *
 * <pre>{@code
 * byte[] pixels = ImageFile.read(Path.of("digit.png"), Shape.of(1, 28, 28));
 * byte[] photo = ImageFile.read(Path.of("cat.jpg"), Shape.of(3, 224, 224), Fit.CROP);
 * }</pre>
 */
public final class ImageFile {
  /**
   * Images of more pixels are refused by their header, before they are decoded, so that a small
   * file cannot fill memory: 67,108,864, or the system property {@code portafilter.maxImagePixels}.
   */
  public static final long MOST_PIXELS = Long.getLong("portafilter.maxImagePixels", 1L << 26);

  /** Larger files are refused: 1 GB. */
  private static final int MOST_BYTES = 1 << 30;

  private static final int MOST_IN_ARRAY = Integer.MAX_VALUE - 8;

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
   * The pixels of an image file at this size. Time and memory are bounded by the image's pixels and
   * the result's.
   *
   * @param file in any file system
   * @param shape 1 x H x W for grey or 3 x H x W for red, green, blue
   * @param fit what to do when the image has another size
   * @return C x H x W bytes, 0 to 255
   * @throws PortafilterException when the file is missing, no image, damaged, of more than {@link
   *     #MOST_PIXELS} pixels, or, for {@link Fit#EXACT}, of another size
   */
  public static byte[] read(Path file, Shape shape, Fit fit) {
    String name = FileNames.of(file);
    if (Files.isDirectory(file)) {
      throw new PortafilterException(name + ": a folder; expected an image file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return read(in, name, shape, fit);
    } catch (NoSuchFileException e) {
      throw new PortafilterException(name + ": no such file", e);
    } catch (IOException e) {
      throw new PortafilterException(
          name + ": cannot be read (" + PortafilterException.reason(e) + ")", e);
    }
  }

  /**
   * The pixels of an image file that comes as a stream, as {@link #read(Path, Shape, Fit)} does.
   *
   * @param in read to its end, and left open
   * @throws PortafilterException in the same cases, and when the stream fails
   */
  public static byte[] read(InputStream in, Shape shape, Fit fit) {
    try {
      return read(in, "the stream", shape, fit);
    } catch (IOException e) {
      throw new PortafilterException(
          "the stream: cannot be read (" + PortafilterException.reason(e) + ")", e);
    }
  }

  /**
   * The pixels of an image that is in memory, by the same rules: samples as stored, alpha dropped.
   * Colours that are neither grey nor red, green and blue are converted as {@link
   * BufferedImage#getRGB(int, int)} does.
   *
   * @throws PortafilterException for {@link Fit#EXACT}, when it has another size
   */
  @SuppressWarnings("exports") // whoever has such an image reads the module java.desktop
  public static byte[] read(BufferedImage image, Shape shape, Fit fit) {
    String name = "the BufferedImage";
    checkShape(shape);
    checkSize(name, image.getHeight(), image.getWidth(), shape, fit);
    try {
      PixelWriter pixels =
          new PixelWriter(
              (int) shape.dim(0), image.getHeight(), image.getWidth(), Orientation.UPRIGHT);
      Samples.stored(image, pixels);
      return fitted(pixels, shape, fit);
    } catch (OutOfMemoryError e) {
      throw tooLarge(name, e);
    }
  }

  private static byte[] read(InputStream in, String name, Shape shape, Fit fit) throws IOException {
    checkShape(shape);
    try {
      EncodedImage image = EncodedImage.of(new ImageBytes(name, contents(in, name)));
      Orientation orientation = image.orientation();
      int height = orientation.transposed() ? image.width() : image.height();
      int width = orientation.transposed() ? image.height() : image.width();
      checkSize(name, height, width, shape, fit);
      PixelWriter pixels =
          new PixelWriter((int) shape.dim(0), image.height(), image.width(), orientation);
      image.decode(pixels);
      return fitted(pixels, shape, fit);
    } catch (OutOfMemoryError e) {
      throw tooLarge(name, e);
    } catch (NoClassDefFoundError e) {
      throw desktopMissing(name, e);
    }
  }

  /** The whole file, once its first bytes are those of an image. */
  private static byte[] contents(InputStream in, String name) throws IOException {
    byte[] first = in.readNBytes(EncodedImage.SIGNATURE);
    EncodedImage.recognise(new ImageBytes(name, first));
    byte[] rest = in.readNBytes(MOST_BYTES - first.length);
    if (rest.length == MOST_BYTES - first.length && in.read() >= 0) {
      throw new PortafilterException(
          String.format(
              Locale.ROOT,
              "%s: more than %,d bytes; larger image files are refused, shrink it",
              name,
              MOST_BYTES));
    }
    byte[] all = Arrays.copyOf(first, first.length + rest.length);
    System.arraycopy(rest, 0, all, first.length, rest.length);
    return all;
  }

  private static void checkShape(Shape shape) {
    if (shape.rank() != 3 || (shape.dim(0) != 1 && shape.dim(0) != 3)) {
      throw new PortafilterException("images are read as 1xHxW or 3xHxW, asked for " + shape);
    }
    if (shape.count() > MOST_IN_ARRAY) {
      throw new PortafilterException(
          "an image of shape %s does not fit one array of 2 GB; ask for a smaller one"
              .formatted(shape));
    }
  }

  private static void checkSize(String name, int height, int width, Shape shape, Fit fit) {
    boolean same = height == shape.dim(1) && width == shape.dim(2);
    if (fit == Fit.EXACT && !same) {
      throw new PortafilterException(
          "%s: expected %s x %s pixels (height x width), got %s x %s; resize it, or read it with Fit.CROP or Fit.STRETCH"
              .formatted(name, shape.dim(1), shape.dim(2), height, width));
    }
    long count = (long) height * width;
    if (count > MOST_PIXELS || count * shape.dim(0) > MOST_IN_ARRAY) {
      throw new PortafilterException(
          "%s: %s x %s pixels; images above %s pixels are refused; shrink it, or allow more with -Dportafilter.maxImagePixels=N"
              .formatted(name, height, width, Math.min(MOST_PIXELS, MOST_IN_ARRAY / shape.dim(0))));
    }
  }

  private static byte[] fitted(PixelWriter pixels, Shape shape, Fit fit) {
    return pixels.planes().fitted((int) shape.dim(1), (int) shape.dim(2), fit);
  }

  private static PortafilterException tooLarge(String name, OutOfMemoryError e) {
    return new PortafilterException(
        "%s: the image does not fit the Java heap of %s MB; raise it with -Xmx, or shrink the image"
            .formatted(name, Runtime.getRuntime().maxMemory() >> 20),
        e);
  }

  private static PortafilterException desktopMissing(String name, NoClassDefFoundError e) {
    return new PortafilterException(
        name
            + ": images need the module java.desktop; run a complete Java, or add"
            + " --add-modules java.desktop",
        e);
  }

  /**
   * Writes an image as PNG, replacing what was there: in the default file system at every moment
   * either the old or the new file is there, whole.
   *
   * @param file in any file system
   * @param pixels C x H x W bytes, 0 to 255
   * @param shape 1 x H x W for grey or 3 x H x W for red, green, blue
   * @throws PortafilterException when the bytes do not fit the shape, or the file cannot be written
   */
  public static void write(Path file, byte[] pixels, Shape shape) {
    String name = FileNames.of(file);
    boolean fits = shape.rank() == 3 && (shape.dim(0) == 1 || shape.dim(0) == 3);
    if (!fits || shape.count() != pixels.length) {
      throw new PortafilterException(
          "%s: expected 1xHxW or 3xHxW and as many bytes, got %s and %s bytes"
              .formatted(name, shape, pixels.length));
    }
    try {
      byte[] png = PngEncoder.encode(pixels, shape);
      if (file.getFileSystem() == FileSystems.getDefault()) {
        AtomicFile.write(file, png);
      } else {
        Files.write(file, png);
      }
    } catch (IOException e) {
      throw new PortafilterException(
          name + ": cannot be written (" + PortafilterException.reason(e) + ")", e);
    } catch (NoClassDefFoundError e) {
      throw desktopMissing(name, e);
    }
  }
}
