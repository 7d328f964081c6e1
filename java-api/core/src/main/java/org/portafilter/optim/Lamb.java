package org.portafilter.optim;

import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.StepScalar;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.graph.Value;
import org.portafilter.shape.ValueType;

/**
 * Adam for large batches (You et al. 2020): with Adam's direction {@code d}, weight decay included,
 * {@code w' = w - rate (||w|| / ||d||) d}, so that each parameter moves by a share of its own size;
 * {@code w - rate d} where either norm is 0.
 *
 * <pre>{@code
 * Optimizer optimizer = Lamb.of(1e-3);
 * }</pre>
 */
public record Lamb(
    double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    implements Optimizer {
  private static final List<String> MOMENTS = List.of("moment1", "moment2");

  /** Checks the ranges. */
  public Lamb {
    Updates.require(
        learningRate >= 0
            && Updates.isShare(beta1)
            && Updates.isShare(beta2)
            && epsilon > 0
            && weightDecay >= 0,
        "Lamb needs a learning rate of at least 0, betas in [0, 1), epsilon above 0 and weight decay of at least 0",
        learningRate,
        beta1,
        beta2,
        epsilon,
        weightDecay);
  }

  /** Betas 0.9 and 0.999, epsilon 1e-6, weight decay 0.01. */
  public static Lamb of(double learningRate) {
    return new Lamb(learningRate, 0.9, 0.999, 1e-6, 0.01);
  }

  /** The same with other betas. */
  public Lamb withBetas(double beta1, double beta2) {
    return new Lamb(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** The same with another epsilon. */
  public Lamb withEpsilon(double epsilon) {
    return new Lamb(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** The same with another weight decay. */
  public Lamb withWeightDecay(double weightDecay) {
    return new Lamb(learningRate, beta1, beta2, epsilon, weightDecay);
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
    UpdateOp.Step op = new UpdateOp.Step(UpdateRule.LAMB, beta1, beta2, epsilon, 0, weightDecay);
    Value direction = Updates.add(graph, parameter, gradient, op, rateScale, MOMENTS);
    Value weights = graph.state(parameter);
    Value size = graph.add("trust/" + parameter + "/size", new ReduceOp.EuclideanNorm(), weights);
    Value length =
        graph.add("trust/" + parameter + "/direction", new ReduceOp.EuclideanNorm(), direction);
    Value updated =
        graph.add(
            "trust/" + parameter,
            new UpdateOp.TrustRatio(rateScale),
            weights,
            direction,
            graph.scalar(StepScalar.LEARNING_RATE),
            size,
            length);
    graph.update(parameter, updated);
  }
}
