package org.portafilter.data;

import java.util.function.Function;
import org.portafilter.shape.PortafilterException;

/** An image as its file has it: what the header says, and the pixels, still encoded. */
interface EncodedImage {
  /** How many bytes tell the formats apart. */
  int SIGNATURE = 16;

  /** Rows as stored, at least 1. */
  int height();

  /** Columns as stored, at least 1. */
  int width();

  /** How the stored image is to be turned. */
  default Orientation orientation() {
    return Orientation.UPRIGHT;
  }

  /**
   * Decodes all pixels.
   *
   * @throws PortafilterException when the bytes are damaged or the kind is not read
   */
  void decode(PixelWriter out);

  /** Recognises the format, and reads the header. */
  static EncodedImage of(ImageBytes file) {
    return recognise(file).apply(file);
  }

  /**
   * The reader for a file.
   *
   * @param file at least its first {@value #SIGNATURE} bytes
   * @throws PortafilterException when these are of no image, or of a format that is not read
   */
  static Function<ImageBytes, EncodedImage> recognise(ImageBytes file) {
    if (file.length() == 0) {
      throw new PortafilterException(file.name() + ": an empty file, not an image");
    }
    if (file.says(0, PngImage.SIGNATURE)) {
      return PngImage::of;
    }
    if (file.says(0, "\u00ff\u00d8\u00ff")) {
      return JpegImage::of;
    }
    if (file.says(0, "GIF87a") || file.says(0, "GIF89a")) {
      return GifImage::of;
    }
    if (file.says(0, "BM")) {
      return BmpImage::of;
    }
    if (file.says(0, "II*\0") || file.says(0, "MM\0*")) {
      throw file.refused("a TIFF image");
    }
    if (file.says(0, "RIFF") && file.says(8, "WEBP")) {
      throw file.refused("a WebP image");
    }
    if (file.says(4, "ftyp")) {
      throw file.refused("a HEIF or AVIF image");
    }
    if (file.says(0, "\0\0") && file.length() > 4 && file.at(2) > 0) {
      return WbmpImage::of;
    }
    throw unknown(file);
  }

  /** For bytes that are no image. */
  static PortafilterException unknown(ImageBytes file) {
    return new PortafilterException(
        file.name() + ": not an image that can be read (PNG, JPEG, GIF, BMP or WBMP)");
  }
}
