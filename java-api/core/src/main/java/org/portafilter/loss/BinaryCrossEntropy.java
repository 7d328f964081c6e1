package org.portafilter.loss;

import org.portafilter.graph.Function;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;

/**
 * The mean over all elements of {@code -t log p - (1 - t) log(1 - p)}, for yes-or-no questions that
 * do not exclude each other. Targets are numbers in [0, 1] of the output's shape.
 *
 * <p>From logits {@code x}, with {@code p = 1 / (1 + e^-x)}, it is {@code t log(1 + e^-x) + (1 - t)
 * log(1 + e^x)}, which no finite {@code x} makes infinite, and which keeps its digits, as its
 * gradient does, however sure and right an answer is. From probabilities, logarithms are kept at
 * -87 or above.
 *
 * @param logits whether the network's output is logits, not probabilities
 */
public record BinaryCrossEntropy(boolean logits) implements Loss {
  /** The smallest normal float: its logarithm is -87.3, its inverse finite. */
  private static final double LEAST = 0x1.0p-126;

  /** From logits: a network that ends without a sigmoid. */
  public static BinaryCrossEntropy of() {
    return new BinaryCrossEntropy(true);
  }

  /** From probabilities: a network that ends with a sigmoid. */
  public static BinaryCrossEntropy ofProbabilities() {
    return new BinaryCrossEntropy(false);
  }

  @Override
  public Value apply(Graph.Builder graph, Value output, Value labels) {
    return Means.all(
        graph, logits ? ofLogits(graph, output, labels) : plain(graph, output, labels));
  }

  private static Value ofLogits(Graph.Builder graph, Value output, Value labels) {
    // Two terms of one sign: nothing cancels.
    Value minus = graph.add("loss/minus", new PointwiseOp.Rescale(-1, 0), output);
    Value missed = graph.add("loss/missed", new PointwiseOp.Apply(Function.SOFTPLUS), minus);
    Value mistaken = graph.add("loss/mistaken", new PointwiseOp.Apply(Function.SOFTPLUS), output);
    Value no = graph.add("loss/no", new PointwiseOp.Rescale(-1, 1), labels);
    Value yesTerm = graph.add("loss/yes_term", new PointwiseOp.Weigh(), missed, labels);
    Value noTerm = graph.add("loss/no_term", new PointwiseOp.Weigh(), mistaken, no);
    return graph.add("loss/terms", new PointwiseOp.Add(), yesTerm, noTerm);
  }

  private static Value plain(Graph.Builder graph, Value output, Value labels) {
    Value no = graph.add("loss/no", new PointwiseOp.Rescale(-1, 1), labels);
    Value yesTerm =
        graph.add("loss/yes_term", new PointwiseOp.Multiply(), labels, log(graph, output));
    Value noTerm =
        graph.add("loss/no_term", new PointwiseOp.Multiply(), no, logOfRest(graph, output));
    Value sum = graph.add("loss/terms", new PointwiseOp.Add(), yesTerm, noTerm);
    return graph.add("loss/minus", new PointwiseOp.Rescale(-1, 0), sum);
  }

  private static Value log(Graph.Builder graph, Value probability) {
    Value bounded = graph.add("loss/bounded_yes", atLeast(LEAST), probability);
    return graph.add("loss/log_yes", new PointwiseOp.Apply(Function.LOG), bounded);
  }

  /** {@code log(1 - p)} without forming {@code 1 - p}, which rounds a small p away. */
  private static Value logOfRest(Graph.Builder graph, Value probability) {
    Value minus = graph.add("loss/minus_p", new PointwiseOp.Rescale(-1, 0), probability);
    Value bounded = graph.add("loss/bounded_no", atLeast(-1), minus);
    Value log = graph.add("loss/log_no", new PointwiseOp.Apply(Function.LOG1P), bounded);
    return graph.add("loss/bounded_log_no", atLeast(Math.log(LEAST)), log);
  }

  private static PointwiseOp.Clamp atLeast(double low) {
    return new PointwiseOp.Clamp(low, Double.POSITIVE_INFINITY);
  }
}
