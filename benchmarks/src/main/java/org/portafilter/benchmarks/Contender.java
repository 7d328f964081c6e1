package org.portafilter.benchmarks;

/**
 * One library doing one case. All contenders start from the same weights and see the same images.
 */
interface Contender extends AutoCloseable {
  /** Builds the network, sets its weights, and lays the images ready. */
  void prepare(Case work);

  /** Does the work once: a training step, or a batch of inference with the result read back. */
  void run();

  /**
   * Results to compare: the logits of a batch, or the losses of three training steps. Called before
   * any timing.
   */
  double[] check();

  @Override
  void close();
}
