package org.portafilter.train;

/** Hears how training goes. All methods are called on the training thread. */
public interface Progress {
  /**
   * A step ended.
   *
   * @param epoch counted from 1
   * @param batch counted from 1 within the epoch
   * @param batches batches in an epoch
   * @param loss mean loss of the epoch so far
   */
  default void step(int epoch, int batch, int batches, double loss) {}

  /**
   * An epoch ended.
   *
   * @param epoch counted from 1
   * @param row its numbers, as the history keeps them
   */
  default void epoch(int epoch, java.util.Map<String, Double> row) {}
}
