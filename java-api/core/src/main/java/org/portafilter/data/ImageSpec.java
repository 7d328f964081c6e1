package org.portafilter.data;

import java.nio.file.Path;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/**
 * The images a network was made for: how a file becomes its input. What is done to the pixels'
 * values is not here; that is layers of the network.
 *
 * <pre>{@code
 * net.image(ImageSpec.of(Shape.of(3, 64, 64), Fit.CROP));
 * float[] logits = predictor.predict(net.image().read(Path.of("cat.jpg")));
 * }</pre>
 *
 * @param height in pixels, at least 1
 * @param width in pixels, at least 1
 * @param order of the planes; it says how many there are
 * @param fit what to do with an image of another size
 */
public record ImageSpec(int height, int width, ChannelOrder order, Fit fit) {
  /** Checks the sizes. */
  public ImageSpec {
    if (height < 1 || width < 1) {
      throw new PortafilterException(
          "images need a height and a width of at least 1, got " + height + " x " + width);
    }
  }

  /**
   * Images of one plane, grey, or of three: red, green, blue.
   *
   * @param shape 1 x H x W or 3 x H x W
   */
  public static ImageSpec of(Shape shape, Fit fit) {
    if (shape.rank() != 3 || (shape.dim(0) != 1 && shape.dim(0) != 3)) {
      throw new PortafilterException("images are 1xHxW or 3xHxW, got " + shape);
    }
    return new ImageSpec(
        Math.toIntExact(shape.dim(1)),
        Math.toIntExact(shape.dim(2)),
        shape.dim(0) == 1 ? ChannelOrder.GREY : ChannelOrder.RGB,
        fit);
  }

  /** The same images with their planes in this order. */
  public ImageSpec withOrder(ChannelOrder order) {
    return new ImageSpec(height, width, order, fit);
  }

  /** The same images, files of other sizes treated so. */
  public ImageSpec withFit(Fit fit) {
    return new ImageSpec(height, width, order, fit);
  }

  /** Shape of one image, C x H x W. */
  public Shape shape() {
    return Shape.of(order.channels(), height, width);
  }

  /**
   * The pixels of an image file, as {@link ImageFile#read(Path, Shape, Fit)} gives them, with the
   * planes in this order.
   *
   * @return C x H x W bytes, 0 to 255
   * @throws PortafilterException when the file is missing, no image, damaged, or its size does not
   *     fit
   */
  public byte[] read(Path file) {
    return ordered(ImageFile.read(file, shape(), fit));
  }

  /**
   * One image with its planes in this order; bytes in the order of {@link ImageFile} come, a copy
   * goes.
   *
   * @param pixels C x H x W bytes of grey, or of red, green, blue
   */
  public byte[] ordered(byte[] pixels) {
    if (pixels.length != shape().count()) {
      throw new PortafilterException(
          "an image of shape "
              + shape()
              + " has "
              + shape().count()
              + " bytes, got "
              + pixels.length);
    }
    byte[] ordered = pixels.clone();
    if (order == ChannelOrder.BGR) {
      int plane = height * width;
      System.arraycopy(pixels, 0, ordered, 2 * plane, plane);
      System.arraycopy(pixels, 2 * plane, ordered, 0, plane);
    }
    return ordered;
  }
}
