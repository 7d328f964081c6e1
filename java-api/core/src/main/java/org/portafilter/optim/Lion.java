package org.portafilter.optim;

import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.graph.Value;
import org.portafilter.shape.ValueType;

/**
 * Lion (Chen et al. 2023): {@code w' = w - rate (sign(beta1 m + (1 - beta1) g) + decay w)}, {@code
 * m' = beta2 m + (1 - beta2) g}: every element moves by the same amount, and one moment is kept.
 * Its rates are three to ten times smaller than Adam's.
 *
 * <pre>{@code
 * Optimizer optimizer = Lion.of(1e-4);
 * }</pre>
 */
public record Lion(double learningRate, double beta1, double beta2, double weightDecay)
    implements Optimizer {
  private static final List<String> MOMENTS = List.of("moment1");

  /** Checks the ranges. */
  public Lion {
    Updates.require(
        learningRate >= 0 && Updates.isShare(beta1) && Updates.isShare(beta2) && weightDecay >= 0,
        "Lion needs a learning rate of at least 0, betas in [0, 1) and weight decay of at least 0",
        learningRate,
        beta1,
        beta2,
        weightDecay);
  }

  /** Betas 0.9 and 0.99, no weight decay. */
  public static Lion of(double learningRate) {
    return new Lion(learningRate, 0.9, 0.99, 0);
  }

  /** The same with other betas. */
  public Lion withBetas(double beta1, double beta2) {
    return new Lion(learningRate, beta1, beta2, weightDecay);
  }

  /** The same with decoupled weight decay. */
  public Lion withWeightDecay(double weightDecay) {
    return new Lion(learningRate, beta1, beta2, weightDecay);
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
        new UpdateOp.Step(UpdateRule.LION, beta1, beta2, 0, 0, weightDecay),
        rateScale,
        MOMENTS);
  }
}
