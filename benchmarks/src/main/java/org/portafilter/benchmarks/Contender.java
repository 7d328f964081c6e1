package org.portafilter.benchmarks;

/** One library doing one case. All contenders start from the same weights and see the same data. */
interface Contender extends AutoCloseable {
  /** Does the work once: a training step, or a batch of inference with the result read back. */
  void run();

  /**
   * Results to compare, as {@link Sample} takes them: logits, losses, gradients. Called before any
   * timing.
   */
  double[] check();

  @Override
  void close();
}
