package org.portafilter.data;

import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/** Mirrors an image left to right with a probability. */
public record HorizontalFlip(double probability) implements Augmentation {
  /** Checks that the probability is in [0, 1]. */
  public HorizontalFlip {
    if (!(probability >= 0 && probability <= 1)) {
      throw new PortafilterException(
          "HorizontalFlip needs a probability in [0, 1], got " + probability);
    }
  }

  /** Mirrors every second image. */
  public static HorizontalFlip of() {
    return new HorizontalFlip(0.5);
  }

  @Override
  public void apply(float[] pixels, Shape shape, Philox random) {
    if (random.uniform(0, 1) >= probability) {
      return;
    }
    int width = (int) shape.dim(2);
    for (int row = 0; row < pixels.length; row += width) {
      for (int x = 0; x < width / 2; x++) {
        float left = pixels[row + x];
        pixels[row + x] = pixels[row + width - 1 - x];
        pixels[row + width - 1 - x] = left;
      }
    }
  }
}
