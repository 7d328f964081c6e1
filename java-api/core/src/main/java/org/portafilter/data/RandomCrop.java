package org.portafilter.data;

import java.util.Arrays;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/**
 * Surrounds an image with zeros and cuts its size out at a random place, which shifts it by up to
 * {@code padding} pixels each way (He et al. 2015, section 4.2, with padding 4).
 */
public record RandomCrop(int padding) implements Augmentation {
  /** Checks that the padding is at least 1. */
  public RandomCrop {
    if (padding < 1) {
      throw new PortafilterException("RandomCrop needs padding of at least 1, got " + padding);
    }
  }

  /** Shifts by up to {@code padding} pixels. */
  public static RandomCrop of(int padding) {
    return new RandomCrop(padding);
  }

  @Override
  public void apply(float[] pixels, Shape shape, Philox random) {
    int down = random.nextInt(2 * padding + 1) - padding;
    int right = random.nextInt(2 * padding + 1) - padding;
    int height = (int) shape.dim(1);
    int width = (int) shape.dim(2);
    float[] from = pixels.clone();
    Arrays.fill(pixels, 0);
    int left = Math.max(0, right);
    int count = Math.max(0, width - Math.abs(right));
    for (int c = 0; c < shape.dim(0); c++) {
      for (int y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
        int source = (c * height + y) * width + Math.max(0, -right);
        System.arraycopy(from, source, pixels, (c * height + y + down) * width + left, count);
      }
    }
  }
}
