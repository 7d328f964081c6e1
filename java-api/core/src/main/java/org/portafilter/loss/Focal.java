package org.portafilter.loss;

import org.portafilter.graph.Function;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;

/**
 * The mean over the batch of {@code -(1 - p)^gamma log p}, with {@code p = softmax(logits)[label]}:
 * images that are easy count less (Lin et al. 2017). From logits N x C and labels in [0, C).
 */
public record Focal(double gamma) implements Loss {
  /** Checks that gamma is at least 1, below which the gradient of a certain image is infinite. */
  public Focal {
    if (!(gamma >= 1)) {
      throw new PortafilterException(
          "Focal needs a gamma of at least 1, got " + gamma + "; 0 is SoftmaxCrossEntropy");
    }
  }

  /** Gamma 2. */
  public static Focal of() {
    return new Focal(2);
  }

  /** This gamma. */
  public static Focal of(double gamma) {
    return new Focal(gamma);
  }

  @Override
  public Value apply(Graph.Builder graph, Value output, Value labels) {
    Value log = graph.add("loss/log", new SoftmaxOp.Log(), output);
    Value own = Means.own(graph, log, labels);
    // p - 1 as e^(log p) - 1, which keeps its digits where p is nearly 1.
    Value minus = graph.add("loss/minus", new PointwiseOp.Apply(Function.ELU, 1), own);
    Value missing = graph.add("loss/missing", new PointwiseOp.Rescale(-1, 0), minus);
    Value focus = graph.add("loss/focus", new PointwiseOp.Apply(Function.POWER, gamma), missing);
    Value focused = graph.add("loss/focused", new PointwiseOp.Weigh(), own, focus);
    return Means.minus(graph, focused);
  }
}
