package org.portafilter.train;

/**
 * Where training stands after a step.
 *
 * @param epoch counted from 1
 * @param epochs that were asked for in all
 * @param batch counted from 1 within the epoch
 * @param batches in an epoch
 * @param stepLoss mean loss over this step's images
 * @param loss mean loss over the epoch's images so far
 * @param learningRate this step's
 */
public record Step(
    int epoch,
    int epochs,
    int batch,
    int batches,
    double stepLoss,
    double loss,
    double learningRate) {
  static Step of(Position position, int epochs, int batches, double stepLoss, double learningRate) {
    return new Step(
        position.epoch() + 1,
        epochs,
        position.batch(),
        batches,
        stepLoss,
        position.loss(),
        learningRate);
  }
}
