package org.portafilter.loss;

import java.util.List;
import org.portafilter.graph.Activation;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;

/**
 * The mean over the batch of {@code sum over c != label of max(0, s_c - s_label + margin)}, from
 * scores N x C and labels in [0, C): the multiclass support vector machine (Weston and Watkins
 * 1999). A network that knows nothing yet scores {@code (C - 1) margin}.
 */
public record MultiClassHinge(double margin) implements Loss {
  /** Checks that the margin is above 0. */
  public MultiClassHinge {
    if (!(margin > 0)) {
      throw new PortafilterException("MultiClassHinge needs a margin above 0, got " + margin);
    }
  }

  /** Margin 1. */
  public static MultiClassHinge of() {
    return new MultiClassHinge(1);
  }

  /** This margin. */
  public static MultiClassHinge of(double margin) {
    return new MultiClassHinge(margin);
  }

  @Override
  public Value apply(Graph.Builder graph, Value output, Value labels) {
    Value score = Means.own(graph, output, labels);
    Value scores =
        graph.add("loss/scores", new ReduceOp.Expand(ReduceOp.Kind.SUM, List.of(1)), score, output);
    Value behind = Means.difference(graph, output, scores);
    Value within = graph.add("loss/margin", new PointwiseOp.Rescale(1, margin), behind);
    Value hinge = graph.add("loss", new PointwiseOp.Activate(Activation.RELU), within);
    Value hot = graph.add("loss/hot", new SoftmaxOp.OneHot(0, -1), labels, output);
    Value others = graph.add("loss/others", new PointwiseOp.Rescale(-1, 1), hot);
    return Means.ofRows(graph, graph.add("loss/counted", new PointwiseOp.Weigh(), hinge, others));
  }
}
