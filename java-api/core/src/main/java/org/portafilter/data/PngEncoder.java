package org.portafilter.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.portafilter.shape.Shape;

/** Planes of bytes as a PNG file, by the JDK's encoder and in memory. */
final class PngEncoder {
  private PngEncoder() {}

  static byte[] encode(byte[] pixels, Shape shape) throws IOException {
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
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      if (!ImageIO.write(image, "png", out)) {
        throw new IOException("this JDK writes no PNG");
      }
    }
    return bytes.toByteArray();
  }
}
