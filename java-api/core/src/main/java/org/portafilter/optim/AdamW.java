package org.portafilter.optim;

import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.graph.Value;
import org.portafilter.shape.ValueType;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019): Adam's step, and {@code rate decay
 * w} taken from the parameter besides, so that the decay is not divided by the gradient's size.
 *
 * <pre>{@code
 * Optimizer optimizer = AdamW.of(1e-3);
 * }</pre>
 */
public record AdamW(
    double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    implements Optimizer {
  private static final List<String> MOMENTS = List.of("moment1", "moment2");

  /** Checks the ranges. */
  public AdamW {
    Updates.require(
        learningRate >= 0
            && Updates.isShare(beta1)
            && Updates.isShare(beta2)
            && epsilon > 0
            && weightDecay >= 0,
        "AdamW needs a learning rate of at least 0, betas in [0, 1), epsilon above 0 and weight decay of at least 0",
        learningRate,
        beta1,
        beta2,
        epsilon,
        weightDecay);
  }

  /** Betas 0.9 and 0.999, epsilon 1e-8, weight decay 0.01. */
  public static AdamW of(double learningRate) {
    return new AdamW(learningRate, 0.9, 0.999, 1e-8, 0.01);
  }

  /** The same with other betas. */
  public AdamW withBetas(double beta1, double beta2) {
    return new AdamW(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** The same with another epsilon. */
  public AdamW withEpsilon(double epsilon) {
    return new AdamW(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** The same with another weight decay. */
  public AdamW withWeightDecay(double weightDecay) {
    return new AdamW(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  @Override
  public Map<String, ValueType> moments(String parameter, ValueType type) {
    return Updates.moments(parameter, type, MOMENTS);
  }

  @Override
  public boolean squares(String parameter) {
    return true;
  }

  @Override
  public void update(Graph.Builder graph, String parameter, Value gradient, double rateScale) {
    Updates.commit(
        graph,
        parameter,
        gradient,
        new UpdateOp.Step(UpdateRule.ADAM, beta1, beta2, epsilon, 0, weightDecay),
        rateScale,
        MOMENTS);
  }
}
