package org.portafilter.data;

import org.portafilter.shape.PortafilterException;

/** A data set and the number of images taken at a time. */
public record Batches(Dataset dataset, int size) {
  /** Checks that the size is at least 1. */
  public Batches {
    if (size < 1) {
      throw new PortafilterException("a batch needs at least 1 image, got " + size);
    }
  }

  /** Number of batches, the last smaller one included. */
  public int count() {
    return (dataset.size() + size - 1) / size;
  }

  /** Images in one batch. */
  public int size(int batch) {
    return Math.min(size, dataset.size() - batch * size);
  }
}
