package org.portafilter.data;

import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/**
 * Changes training images a little, anew in every epoch. What an image becomes depends on the seed,
 * the epoch and the image's number alone: not on batch size, order or threads.
 *
 * <pre>{@code
 * Batches train = cifar.train().batches(128).augmented(RandomCrop.of(4), HorizontalFlip.of());
 * }</pre>
 */
public interface Augmentation {
  /**
   * Changes one image in place.
   *
   * @param pixels C x H x W values, row-major; those of {@code UINT8} images are 0 to 255 and are
   *     rounded and clamped afterwards
   * @param shape C x H x W
   * @param random numbers for this image alone
   */
  void apply(float[] pixels, Shape shape, Philox random);

  /**
   * The same under a name, by which a resumed training knows it again: for lambdas, which have none
   * of their own. Records need none.
   *
   * <pre>{@code
   * Augmentation darker = Augmentation.named("darker by up to 0.3", (pixels, shape, random) -> ...);
   * }</pre>
   *
   * @param name says everything that another run must have in common; not blank
   */
  static Augmentation named(String name, Augmentation augmentation) {
    return new NamedAugmentation(name, augmentation);
  }
}
