package org.portafilter.optim;

import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.graph.Value;
import org.portafilter.shape.ValueType;

/**
 * AdaMax (Kingma and Ba 2015, section 7.1), Adam with the largest gradient in the place of the mean
 * square: {@code m' = beta1 m + (1 - beta1) g}, {@code u' = max(beta2 u, |g| + epsilon)}, {@code w'
 * = w - rate m' / (1 - beta1^t) / u'}. No step is larger than about the rate, and no gradient is
 * squared. Weight decay adds {@code weightDecay w} to the gradient.
 *
 * <pre>{@code
 * Optimizer optimizer = AdaMax.of(2e-3);
 * }</pre>
 */
public record AdaMax(
    double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    implements Optimizer {
  private static final List<String> MOMENTS = List.of("moment1", "largest");

  /** Checks the ranges. */
  public AdaMax {
    Updates.require(
        learningRate >= 0
            && Updates.isShare(beta1)
            && Updates.isShare(beta2)
            && epsilon > 0
            && weightDecay >= 0,
        "AdaMax needs a learning rate of at least 0, betas in [0, 1), epsilon above 0 and weight decay of at least 0",
        learningRate,
        beta1,
        beta2,
        epsilon,
        weightDecay);
  }

  /** Betas 0.9 and 0.999, epsilon 1e-8, no weight decay. */
  public static AdaMax of(double learningRate) {
    return new AdaMax(learningRate, 0.9, 0.999, 1e-8, 0);
  }

  /** The same with other betas. */
  public AdaMax withBetas(double beta1, double beta2) {
    return new AdaMax(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** The same with another epsilon. */
  public AdaMax withEpsilon(double epsilon) {
    return new AdaMax(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** The same with weight decay. */
  public AdaMax withWeightDecay(double weightDecay) {
    return new AdaMax(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  @Override
  public Map<String, ValueType> moments(String parameter, ValueType type) {
    return Updates.moments(parameter, type, MOMENTS);
  }

  @Override
  public void update(Graph.Builder graph, String parameter, Value gradient, double rateScale) {
    Updates.commit(
        graph,
        parameter,
        gradient,
        new UpdateOp.Step(UpdateRule.ADAMAX, beta1, beta2, epsilon, weightDecay, 0),
        rateScale,
        MOMENTS);
  }
}
