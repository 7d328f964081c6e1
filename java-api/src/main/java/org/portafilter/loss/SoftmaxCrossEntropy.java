package org.portafilter.loss;

import org.portafilter.graph.Graph;
import org.portafilter.graph.LogSoftmaxOp;
import org.portafilter.graph.MultiplyOp;
import org.portafilter.graph.OneHotOp;
import org.portafilter.graph.RescaleOp;
import org.portafilter.graph.SoftmaxCrossEntropyOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;

/**
 * The mean of {@code -log softmax(logits)[label]} over the batch, from logits N x C and labels in
 * [0, C). A network that knows nothing yet scores {@code ln C}.
 *
 * <pre>{@code
 * Loss loss = SoftmaxCrossEntropy.of().withSmoothing(0.1);
 * }</pre>
 *
 * @param smoothing the share of each label that goes to all classes alike (Szegedy et al. 2016)
 * @param ignored a label whose images count for nothing, -1 for none; the mean is over the others,
 *     and NaN in a batch without any
 */
public record SoftmaxCrossEntropy(double smoothing, int ignored) implements Loss {
  private static final int NONE = -1;

  /** Checks the ranges. */
  public SoftmaxCrossEntropy {
    if (!(smoothing >= 0 && smoothing < 1) || ignored < NONE) {
      throw new PortafilterException(
          "SoftmaxCrossEntropy needs smoothing in [0, 1) and an ignored label of at least 0, got %s and %d"
              .formatted(smoothing, ignored));
    }
  }

  /** The loss. */
  public static SoftmaxCrossEntropy of() {
    return new SoftmaxCrossEntropy(0, NONE);
  }

  /** The same with smoothed labels: {@code (1 - smoothing) [c = label] + smoothing / C}. */
  public SoftmaxCrossEntropy withSmoothing(double smoothing) {
    return new SoftmaxCrossEntropy(smoothing, ignored);
  }

  /** The same over all images but those of this label, which may be above the classes. */
  public SoftmaxCrossEntropy withIgnored(int label) {
    return new SoftmaxCrossEntropy(smoothing, label);
  }

  @Override
  public Value apply(Graph.Builder graph, Value output, Value labels) {
    if (smoothing == 0 && ignored == NONE) {
      return graph.add("loss", new SoftmaxCrossEntropyOp(), output, labels);
    }
    Value targets = graph.add("loss/targets", new OneHotOp(smoothing, ignored), labels, output);
    Value log = graph.add("loss/log", new LogSoftmaxOp(), output);
    Value own = graph.add("loss/own", new MultiplyOp(), log, targets);
    Value rows = graph.add("loss", new RescaleOp(-1, 0), own);
    return ignored == NONE ? Means.ofRows(graph, rows) : Means.weighted(graph, rows, targets);
  }
}
