package org.portafilter.data;

import java.awt.image.BufferedImage;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadUpdateListener;

/** Counts the pixels that a decoder writes, so that missing ones do not pass for black. */
final class FilledRows implements IIOReadUpdateListener {
  private long pixels;

  long pixels() {
    return pixels;
  }

  @Override
  public void imageUpdate(
      ImageReader source,
      BufferedImage image,
      int x,
      int y,
      int width,
      int height,
      int columnStep,
      int rowStep,
      int[] bands) {
    pixels += (long) width * height;
  }

  @Override
  public void passStarted(
      ImageReader source,
      BufferedImage image,
      int pass,
      int firstPass,
      int lastPass,
      int x,
      int y,
      int columnStep,
      int rowStep,
      int[] bands) {}

  @Override
  public void passComplete(ImageReader source, BufferedImage image) {}

  @Override
  public void thumbnailPassStarted(
      ImageReader source,
      BufferedImage image,
      int pass,
      int firstPass,
      int lastPass,
      int x,
      int y,
      int columnStep,
      int rowStep,
      int[] bands) {}

  @Override
  public void thumbnailUpdate(
      ImageReader source,
      BufferedImage image,
      int x,
      int y,
      int width,
      int height,
      int columnStep,
      int rowStep,
      int[] bands) {}

  @Override
  public void thumbnailPassComplete(ImageReader source, BufferedImage image) {}
}
