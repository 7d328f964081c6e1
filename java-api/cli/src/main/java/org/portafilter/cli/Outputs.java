package org.portafilter.cli;

import java.util.stream.IntStream;
import org.portafilter.graph.Activation;
import org.portafilter.graph.Op;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.nn.Network;

/**
 * A network's outputs for one image, one per class.
 *
 * @param values logits, or probabilities already
 * @param areProbabilities which of these they are
 */
record Outputs(float[] values, boolean areProbabilities) {
  /** What {@link #largest} answers where NaN leaves none. */
  static final int NONE = -1;

  /** The class of the largest output, the lowest of equals; {@link #NONE} when one is NaN. */
  int largest() {
    int largest = 0;
    for (int i = 0; i < values.length; i++) {
      if (Float.isNaN(values[i])) {
        return NONE;
      }
      largest = values[i] > values[largest] ? i : largest;
    }
    return largest;
  }

  /** Whether a network gives probabilities itself: it ends in a softmax or a sigmoid. */
  static boolean areProbabilities(Network net) {
    Op last = net.graph().node(net.graph().output(Network.OUTPUT)).op();
    return last instanceof SoftmaxOp.Forward
        || last.equals(new PointwiseOp.Activate(Activation.SIGMOID));
  }

  /**
   * The outputs themselves where they are probabilities, else their softmax; of infinite outputs
   * the limit: equals share what there is.
   */
  double[] probabilities() {
    if (areProbabilities) {
      return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }
    double most = values[largest()];
    double[] probabilities = new double[values.length];
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      probabilities[i] = values[i] == most ? 1 : Math.exp(values[i] - most);
      sum += probabilities[i];
    }
    for (int i = 0; i < values.length; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }
}
