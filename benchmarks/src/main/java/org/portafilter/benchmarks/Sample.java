package org.portafilter.benchmarks;

import org.portafilter.tensor.Philox;

/** The data every contender begins with, and the few elements of a result that are compared. */
final class Sample {
  private static final int TAKEN = 257;

  private Sample() {}

  /** Values of a tensor, a function of its name and size. */
  static float[] values(String name, long count) {
    Philox random = new Philox(11, Philox.streamOf(name));
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.uniform(-1, 1);
    }
    return values;
  }

  /** Positions spread over a tensor of so many elements. */
  static int[] positions(long count) {
    int taken = (int) Math.min(count, TAKEN);
    int[] positions = new int[taken];
    for (int i = 0; i < taken; i++) {
      positions[i] = (int) (i * (count - 1) / Math.max(1, taken - 1));
    }
    return positions;
  }
}
