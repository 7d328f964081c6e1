package org.portafilter.loss;

import org.jspecify.annotations.Nullable;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;

/**
 * A mean over a batch and, unless its images count alike, what it is the quotient of. All values
 * are of rank 0.
 *
 * @param value the mean; where the weight is 0, what is left without a batch: 0, or penalties
 * @param sum what the mean divides, null where images count alike
 * @param weight what the mean divides by, at least 0; null where images count alike
 */
public record BatchMean(Value value, @Nullable Value sum, @Nullable Value weight) {
  /** Checks that sum and weight come together. */
  public BatchMean {
    if ((sum == null) != (weight == null)) {
      throw new PortafilterException("a mean has a sum and a weight, or neither");
    }
  }

  /** A mean over images that count alike. */
  public static BatchMean of(Value value) {
    return new BatchMean(value, null, null);
  }

  /** The same with a number added that belongs to no image. */
  BatchMean plus(Graph.Builder graph, String path, Value number) {
    Value more = graph.add(path, new PointwiseOp.Add(), value, number);
    if (sum == null || weight == null) {
      return of(more);
    }
    Value weighed = graph.add(path + "/weighed", new PointwiseOp.Multiply(), number, weight);
    return new BatchMean(
        more, graph.add(path + "/total", new PointwiseOp.Add(), sum, weighed), weight);
  }
}
