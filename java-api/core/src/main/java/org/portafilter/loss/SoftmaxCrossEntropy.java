package org.portafilter.loss;

import java.util.Arrays;
import java.util.List;
import org.portafilter.graph.Graph;
import org.portafilter.graph.LeafOp;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;

/**
 * The mean of {@code -log softmax(logits)[label]} over the batch, from logits N x C and labels in
 * [0, C). A network that knows nothing yet scores {@code ln C}.
 *
 * <pre>{@code
 * Loss loss = SoftmaxCrossEntropy.of().withSmoothing(0.1).withClassWeights(1, 1, 5);
 * }</pre>
 *
 * @param smoothing the share of each label that goes to all classes alike (Szegedy et al. 2016)
 * @param ignored a label whose images count for nothing, -1 for none; the mean is over the others,
 *     and 0 in a batch without any
 * @param classWeights how much each class counts, none for all alike: terms are multiplied by their
 *     class's weight, and their sum is divided by that of the labels' weights; 0 where that is 0
 */
public record SoftmaxCrossEntropy(double smoothing, int ignored, List<Double> classWeights)
    implements Loss {
  private static final int NONE = -1;

  /** Copies the list and checks the ranges. */
  public SoftmaxCrossEntropy {
    classWeights = List.copyOf(classWeights);
    boolean weighed = classWeights.stream().allMatch(weight -> weight >= 0);
    if (!(smoothing >= 0 && smoothing < 1) || ignored < NONE || !weighed) {
      throw new PortafilterException(
          "SoftmaxCrossEntropy needs smoothing in [0, 1), an ignored label of at least 0 and class weights of at least 0, got %s, %s and %s"
              .formatted(smoothing, ignored, classWeights));
    }
  }

  /** The loss. */
  public static SoftmaxCrossEntropy of() {
    return new SoftmaxCrossEntropy(0, NONE, List.of());
  }

  /** The same with smoothed labels: {@code (1 - smoothing) [c = label] + smoothing / C}. */
  public SoftmaxCrossEntropy withSmoothing(double smoothing) {
    return new SoftmaxCrossEntropy(smoothing, ignored, classWeights);
  }

  /** The same over all images but those of this label, which may be above the classes. */
  public SoftmaxCrossEntropy withIgnored(int label) {
    return new SoftmaxCrossEntropy(smoothing, label, classWeights);
  }

  /** The same with classes that count differently, one weight each. */
  public SoftmaxCrossEntropy withClassWeights(double... weights) {
    return new SoftmaxCrossEntropy(smoothing, ignored, Arrays.stream(weights).boxed().toList());
  }

  @Override
  public boolean ignores(int label) {
    return ignored != NONE && label == ignored;
  }

  @Override
  public Value apply(Graph.Builder graph, Value output, Value labels) {
    return mean(graph, output, labels).value();
  }

  @Override
  public BatchMean mean(Graph.Builder graph, Value output, Value labels) {
    if (smoothing == 0 && ignored == NONE && classWeights.isEmpty()) {
      return BatchMean.of(graph.add("loss", new SoftmaxOp.CrossEntropy(), output, labels));
    }
    Value targets =
        graph.add("loss/targets", new SoftmaxOp.OneHot(smoothing, ignored), labels, output);
    Value log = graph.add("loss/log", new SoftmaxOp.Log(), output);
    Value own = graph.add("loss/own", new PointwiseOp.Weigh(), log, weighed(graph, targets));
    Value rows = graph.add("loss", new PointwiseOp.Rescale(-1, 0), own);
    if (ignored == NONE && classWeights.isEmpty()) {
      return BatchMean.of(Means.ofRows(graph, rows));
    }
    Value hot = graph.add("loss/hot", new SoftmaxOp.OneHot(0, ignored), labels, output);
    return Means.weighted(graph, rows, weighed(graph, hot));
  }

  /** Rows of classes, each class times its weight. */
  private Value weighed(Graph.Builder graph, Value rows) {
    if (classWeights.isEmpty()) {
      return rows;
    }
    Value row = graph.add("loss/class_weights", LeafOp.Constant.row(classWeights));
    ReduceOp.Expand everywhere = new ReduceOp.Expand(ReduceOp.Kind.SUM, List.of(0));
    Value weights = graph.add("loss/weights", everywhere, row, rows);
    return graph.add("loss/weighed", new PointwiseOp.Multiply(), rows, weights);
  }
}
