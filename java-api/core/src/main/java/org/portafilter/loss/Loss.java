package org.portafilter.loss;

import org.portafilter.graph.Graph;
import org.portafilter.graph.Value;

/**
 * A graph function from the network's output and the labels to one value, the mean over the batch.
 *
 * <p>User code writes its own from ops, which have their gradients. Labels are classes (N, {@code
 * INT32}), or numbers of any shape, as the data set has them:
 *
 * <pre>{@code
 * record LogCosh() implements Loss {
 *   public Value apply(Graph.Builder graph, Value output, Value labels) {
 *     Value minus = graph.add("loss/minus", new PointwiseOp.Rescale(-1, 0), labels);
 *     Value d = graph.add("loss/d", new PointwiseOp.Add(), output, minus);
 *     Value twice = graph.add("loss/twice", new PointwiseOp.Rescale(-2, 0), d);
 *     Value soft = graph.add("loss/soft", new PointwiseOp.Apply(Function.SOFTPLUS), twice);
 *     Value each = graph.add("loss/each", new PointwiseOp.Add(), d, soft);
 *     Value mean = graph.add("loss/mean", new ReduceOp.Reduce(ReduceOp.Kind.MEAN, List.of(0, 1)), each);
 *     return graph.add("loss", new PointwiseOp.Rescale(1, -Math.log(2)), mean);
 *   }
 * }
 * }</pre>
 */
public interface Loss {
  /** Adds the loss to the graph and returns it: the mean over the batch, of rank 0. */
  Value apply(Graph.Builder graph, Value output, Value labels);

  /**
   * The same with what the mean was divided by, so that means over batches add up to the mean over
   * all images however these are cut. Images count alike, each for 1, unless a loss says otherwise.
   */
  default BatchMean mean(Graph.Builder graph, Value output, Value labels) {
    return BatchMean.of(apply(graph, output, labels));
  }

  /**
   * Whether images of this class count for nothing: an evaluation leaves them out, of the loss and
   * of all metrics. None do unless a loss says so.
   */
  default boolean ignores(int label) {
    return false;
  }
}
