package org.portafilter.optim;

import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.graph.Value;
import org.portafilter.shape.ValueType;

/**
 * AdaGrad (Duchi et al. 2011): {@code s' = s + g^2}, {@code w' = w - rate g / (sqrt(s') +
 * epsilon)}; steps only ever become smaller. Weight decay adds {@code decay w} to the gradient.
 *
 * <pre>{@code
 * Optimizer optimizer = AdaGrad.of(1e-2);
 * }</pre>
 */
public record AdaGrad(double learningRate, double epsilon, double weightDecay)
    implements Optimizer {
  private static final List<String> MOMENTS = List.of("squares");

  /** Checks the ranges. */
  public AdaGrad {
    Updates.require(
        learningRate >= 0 && epsilon > 0 && weightDecay >= 0,
        "AdaGrad needs a learning rate of at least 0, epsilon above 0 and weight decay of at least 0",
        learningRate,
        epsilon,
        weightDecay);
  }

  /** Epsilon 1e-10, no weight decay. */
  public static AdaGrad of(double learningRate) {
    return new AdaGrad(learningRate, 1e-10, 0);
  }

  /** The same with another epsilon. */
  public AdaGrad withEpsilon(double epsilon) {
    return new AdaGrad(learningRate, epsilon, weightDecay);
  }

  /** The same with weight decay. */
  public AdaGrad withWeightDecay(double weightDecay) {
    return new AdaGrad(learningRate, epsilon, weightDecay);
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
        new UpdateOp.Step(UpdateRule.ADAGRAD, 0, 0, epsilon, weightDecay, 0),
        rateScale,
        MOMENTS);
  }
}
