package org.portafilter.cli;

/**
 * A network's outputs for one image, one per class.
 *
 * @param values logits
 */
record Outputs(float[] values) {
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

  /** The softmax; of infinite outputs the limit: equals share what there is. */
  double[] probabilities() {
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
