package org.portafilter.optim;

import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.graph.Value;
import org.portafilter.shape.ValueType;

/**
 * RMSProp (Hinton 2012): {@code s' = decay s + (1 - decay) g^2}, {@code w' = w - rate g / (sqrt(s')
 * + epsilon)}, or with momentum {@code v' = momentum v + g / (sqrt(s') + epsilon)}, {@code w' = w -
 * rate v'}. Weight decay adds {@code weightDecay w} to the gradient.
 *
 * <pre>{@code
 * Optimizer optimizer = RmsProp.of(1e-3).withMomentum(0.9);
 * }</pre>
 */
public record RmsProp(
    double learningRate, double decay, double epsilon, double momentum, double weightDecay)
    implements Optimizer {
  /** Checks the ranges. */
  public RmsProp {
    Updates.require(
        learningRate >= 0
            && Updates.isShare(decay)
            && epsilon > 0
            && Updates.isShare(momentum)
            && weightDecay >= 0,
        "RmsProp needs a learning rate of at least 0, decay in [0, 1), epsilon above 0, momentum in [0, 1) and weight decay of at least 0",
        learningRate,
        decay,
        epsilon,
        momentum,
        weightDecay);
  }

  /** Decay 0.99, epsilon 1e-8, no momentum, no weight decay. */
  public static RmsProp of(double learningRate) {
    return new RmsProp(learningRate, 0.99, 1e-8, 0, 0);
  }

  /** The same with another decay of the mean square. */
  public RmsProp withDecay(double decay) {
    return new RmsProp(learningRate, decay, epsilon, momentum, weightDecay);
  }

  /** The same with another epsilon. */
  public RmsProp withEpsilon(double epsilon) {
    return new RmsProp(learningRate, decay, epsilon, momentum, weightDecay);
  }

  /** The same with momentum. */
  public RmsProp withMomentum(double momentum) {
    return new RmsProp(learningRate, decay, epsilon, momentum, weightDecay);
  }

  /** The same with weight decay. */
  public RmsProp withWeightDecay(double weightDecay) {
    return new RmsProp(learningRate, decay, epsilon, momentum, weightDecay);
  }

  private List<String> names() {
    return momentum > 0 ? List.of("squares", "velocity") : List.of("squares");
  }

  @Override
  public Map<String, ValueType> moments(String parameter, ValueType type) {
    return Updates.moments(parameter, type, names());
  }

  @Override
  public boolean squares(String parameter) {
    return true;
  }

  @Override
  public void update(Graph.Builder graph, String parameter, Value gradient, double rateScale) {
    UpdateRule rule = momentum > 0 ? UpdateRule.RMSPROP_MOMENTUM : UpdateRule.RMSPROP;
    UpdateOp.Step op = new UpdateOp.Step(rule, momentum, decay, epsilon, weightDecay, 0);
    Updates.commit(graph, parameter, gradient, op, rateScale, names());
  }
}
