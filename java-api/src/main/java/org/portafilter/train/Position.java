package org.portafilter.train;

/**
 * How far a training run has come.
 *
 * @param epoch epochs finished
 * @param batch batches finished of the epoch after those
 * @param lossSum sum over the images of those batches of their losses
 * @param images images in those batches
 * @param scale the loss scale of the next step
 */
record Position(int epoch, int batch, double lossSum, long images, LossScale scale) {
  static final Position START = new Position(0, 0, 0, 0, LossScale.NONE);

  Position afterBatch(double loss, int count) {
    return new Position(epoch, batch + 1, lossSum + loss * count, images + count, scale);
  }

  Position afterEpoch() {
    return new Position(epoch + 1, 0, 0, 0, scale);
  }

  Position with(LossScale next) {
    return new Position(epoch, batch, lossSum, images, next);
  }

  double loss() {
    return lossSum / images;
  }
}
