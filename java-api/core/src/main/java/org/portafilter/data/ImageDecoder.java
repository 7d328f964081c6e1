package org.portafilter.data;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.portafilter.shape.PortafilterException;

/**
 * The JDK's own decoder of a format, whatever plugins are installed: in memory, without a display,
 * and with its warnings of lost pixels taken as errors.
 *
 * @param format the name ImageIO knows it by
 */
record ImageDecoder(String format, ImageBytes file) {
  private interface Use<T> {
    T of(ImageReader reader) throws IOException;
  }

  /** The image with its colour model. */
  BufferedImage image(byte[] bytes) {
    return with(bytes, reader -> reader.read(0));
  }

  /** The samples alone, no colours converted. */
  Raster raster(byte[] bytes) {
    return with(bytes, reader -> reader.readRaster(0, null));
  }

  /** The image, with a count of the rows that the decoder filled. */
  BufferedImage image(byte[] bytes, FilledRows rows) {
    return with(
        bytes,
        reader -> {
          reader.addIIOReadUpdateListener(rows);
          return reader.read(0);
        });
  }

  private <T> T with(byte[] bytes, Use<T> use) {
    ImageReader reader = reader();
    try (MemoryCacheImageInputStream in =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      String[] lost = new String[1];
      reader.addIIOReadWarningListener(
          (source, warning) -> lost[0] = isLoss(warning) ? warning : lost[0]);
      reader.setInput(in, true, true);
      T read = use.of(reader);
      if (lost[0] != null) {
        throw file.damaged(lost[0]);
      }
      return read;
    } catch (PortafilterException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The JDK's decoders answer damaged data with many kinds of exceptions.
      throw file.damaged(e);
    } finally {
      reader.dispose();
    }
  }

  private ImageReader reader() {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if ("java.desktop".equals(reader.getClass().getModule().getName())) {
        return reader;
      }
    }
    throw new PortafilterException(
        "%s: this Java runtime has no decoder of its own for %s; use a complete JDK"
            .formatted(file.name(), format));
  }

  /** All but two of libjpeg's harmless ones: bytes left over, and a sloppy scan header. */
  private static boolean isLoss(String warning) {
    return !warning.contains("extraneous bytes") && !warning.contains("Invalid SOS parameters");
  }
}
