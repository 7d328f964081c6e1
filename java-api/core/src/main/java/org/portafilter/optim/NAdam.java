package org.portafilter.optim;

import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.graph.Value;
import org.portafilter.shape.ValueType;

/**
 * Adam with Nesterov's look-ahead (Dozat 2016): {@code mu_(t+1) m' / (1 - M_(t+1)) + (1 - mu_t) g /
 * (1 - M_t)} takes the place of Adam's mean, where the momentum {@code mu_t = beta1 (1 - 0.96^(t
 * momentumDecay) / 2)} grows from half of {@code beta1} to all of it and {@code M_t} is the product
 * of {@code mu_1} to {@code mu_t}. Weight decay adds {@code decay w} to the gradient.
 *
 * <pre>{@code
 * Optimizer optimizer = NAdam.of(1e-3);
 * }</pre>
 *
 * @param momentumDecay at least 0; 0.004 is Dozat's and PyTorch's, 1 is Keras's
 */
public record NAdam(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double momentumDecay)
    implements Optimizer {
  private static final List<String> MOMENTS = List.of("moment1", "moment2");

  /** Checks the ranges. */
  public NAdam {
    Updates.require(
        learningRate >= 0
            && Updates.isShare(beta1)
            && Updates.isShare(beta2)
            && epsilon > 0
            && weightDecay >= 0
            && momentumDecay >= 0,
        "NAdam needs a learning rate of at least 0, betas in [0, 1), epsilon above 0, weight decay and momentum decay of at least 0",
        learningRate,
        beta1,
        beta2,
        epsilon,
        weightDecay,
        momentumDecay);
  }

  /** Betas 0.9 and 0.999, epsilon 1e-8, no weight decay, momentum decay 0.004. */
  public static NAdam of(double learningRate) {
    return new NAdam(learningRate, 0.9, 0.999, 1e-8, 0, 0.004);
  }

  /** The same with other betas. */
  public NAdam withBetas(double beta1, double beta2) {
    return new NAdam(learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay);
  }

  /** The same with another epsilon. */
  public NAdam withEpsilon(double epsilon) {
    return new NAdam(learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay);
  }

  /** The same with another weight decay. */
  public NAdam withWeightDecay(double weightDecay) {
    return new NAdam(learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay);
  }

  /** The same with another decay of the momentum: 1 is Keras's. */
  public NAdam withMomentumDecay(double momentumDecay) {
    return new NAdam(learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay);
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
        new UpdateOp.Step(UpdateRule.NADAM, beta1, beta2, epsilon, weightDecay, 0)
            .withMomentumDecay(momentumDecay),
        rateScale,
        MOMENTS);
  }
}
