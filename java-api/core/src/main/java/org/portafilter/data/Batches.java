package org.portafilter.data;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.shape.PortafilterException;

/**
 * A data set, the number of images taken at a time, and how they are changed on the way. A size
 * beyond that of the data set makes one batch of all.
 *
 * @param dataset where the images come from
 * @param size images in a batch, the last one excepted
 * @param augmentations applied to every image in this order
 */
public record Batches(Dataset dataset, int size, List<Augmentation> augmentations) {
  /** Checks that the size is at least 1, and that there are images to augment. */
  public Batches {
    if (size < 1) {
      throw new PortafilterException("a batch needs at least 1 image, got " + size);
    }
    augmentations = List.copyOf(augmentations);
    if (!augmentations.isEmpty() && dataset.shape().rank() != 3) {
      throw new PortafilterException(
          "augmentation needs images C x H x W, this data set has " + dataset.shape());
    }
  }

  /** The same with more changes, made after those it has. */
  public Batches augmented(Augmentation... more) {
    List<Augmentation> all = new ArrayList<>(augmentations);
    all.addAll(List.of(more));
    return new Batches(dataset, size, all);
  }

  /** Number of batches, the last smaller one included. */
  public int count() {
    return 1 + (dataset.size() - 1) / size;
  }

  /**
   * Images in one batch.
   *
   * @throws PortafilterException when there is no such batch
   */
  public int size(int batch) {
    if (batch < 0 || batch >= count()) {
      throw new PortafilterException(
          "batch %s does not exist; %s images in batches of %s are %s batches"
              .formatted(batch, dataset.size(), size, count()));
    }
    return Math.min(size, dataset.size() - batch * size);
  }
}
