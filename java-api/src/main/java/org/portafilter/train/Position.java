package org.portafilter.train;

/**
 * How far a training run has come.
 *
 * @param epoch epochs finished
 * @param batch batches finished of the epoch after those
 * @param lossSum sum over the images of those batches of their losses
 * @param images images in those batches
 */
record Position(int epoch, int batch, double lossSum, long images) {
  static final Position START = new Position(0, 0, 0, 0);

  Position afterBatch(double loss, int count) {
    return new Position(epoch, batch + 1, lossSum + loss * count, images + count);
  }

  Position afterEpoch() {
    return new Position(epoch + 1, 0, 0, 0);
  }

  double loss() {
    return lossSum / images;
  }
}
