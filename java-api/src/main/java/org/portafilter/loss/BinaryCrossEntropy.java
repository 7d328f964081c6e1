package org.portafilter.loss;

import org.portafilter.graph.AddOp;
import org.portafilter.graph.ClampOp;
import org.portafilter.graph.Function;
import org.portafilter.graph.FunctionOp;
import org.portafilter.graph.Graph;
import org.portafilter.graph.MultiplyOp;
import org.portafilter.graph.RescaleOp;
import org.portafilter.graph.Value;

/**
 * The mean over all elements of {@code -t log p - (1 - t) log(1 - p)}, for yes-or-no questions that
 * do not exclude each other. Targets are numbers in [0, 1] of the output's shape.
 *
 * <p>From logits {@code x}, with {@code p = 1 / (1 + e^-x)}, it is {@code log(1 + e^x) - t x},
 * which no size of {@code x} makes infinite. From probabilities, logarithms are kept at -87 or
 * above.
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
    Value soft = graph.add("loss/softplus", new FunctionOp(Function.SOFTPLUS), output);
    Value product = graph.add("loss/product", new MultiplyOp(), output, labels);
    return Means.difference(graph, soft, product);
  }

  private static Value plain(Graph.Builder graph, Value output, Value labels) {
    Value others = graph.add("loss/others", new RescaleOp(-1, 1), output);
    Value no = graph.add("loss/no", new RescaleOp(-1, 1), labels);
    Value yesTerm = graph.add("loss/yes_term", new MultiplyOp(), labels, log(graph, "yes", output));
    Value noTerm = graph.add("loss/no_term", new MultiplyOp(), no, log(graph, "no", others));
    Value sum = graph.add("loss/terms", new AddOp(), yesTerm, noTerm);
    return graph.add("loss/minus", new RescaleOp(-1, 0), sum);
  }

  private static Value log(Graph.Builder graph, String name, Value probability) {
    // Before the logarithm: the slope of one of 0 is infinite, and nothing times that is NaN.
    ClampOp bounds = new ClampOp(LEAST, Double.POSITIVE_INFINITY);
    Value bounded = graph.add("loss/bounded_" + name, bounds, probability);
    return graph.add("loss/log_" + name, new FunctionOp(Function.LOG), bounded);
  }
}
