package org.portafilter.optim;

import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.graph.Value;
import org.portafilter.shape.ValueType;

/**
 * AdaDelta (Zeiler 2012): {@code s' = decay s + (1 - decay) g^2}, {@code d = g sqrt(u + epsilon) /
 * sqrt(s' + epsilon)}, {@code u' = decay u + (1 - decay) d^2}, {@code w' = w - rate d}: steps have
 * the parameter's unit, so that a rate of 1 is the paper's. Weight decay adds {@code weightDecay w}
 * to the gradient.
 *
 * <pre>{@code
 * Optimizer optimizer = AdaDelta.of();
 * }</pre>
 */
public record AdaDelta(double learningRate, double decay, double epsilon, double weightDecay)
    implements Optimizer {
  private static final List<String> MOMENTS = List.of("squares", "steps");

  /** Checks the ranges. */
  public AdaDelta {
    Updates.require(
        learningRate >= 0 && Updates.isShare(decay) && epsilon > 0 && weightDecay >= 0,
        "AdaDelta needs a learning rate of at least 0, decay in [0, 1), epsilon above 0 and weight decay of at least 0",
        learningRate,
        decay,
        epsilon,
        weightDecay);
  }

  /** Rate 1, decay 0.9, epsilon 1e-6, no weight decay. */
  public static AdaDelta of() {
    return of(1);
  }

  /** This rate, decay 0.9, epsilon 1e-6, no weight decay. */
  public static AdaDelta of(double learningRate) {
    return new AdaDelta(learningRate, 0.9, 1e-6, 0);
  }

  /** The same with another decay of both means. */
  public AdaDelta withDecay(double decay) {
    return new AdaDelta(learningRate, decay, epsilon, weightDecay);
  }

  /** The same with another epsilon. */
  public AdaDelta withEpsilon(double epsilon) {
    return new AdaDelta(learningRate, decay, epsilon, weightDecay);
  }

  /** The same with weight decay. */
  public AdaDelta withWeightDecay(double weightDecay) {
    return new AdaDelta(learningRate, decay, epsilon, weightDecay);
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
        new UpdateOp.Step(UpdateRule.ADADELTA, 0, decay, epsilon, weightDecay, 0),
        rateScale,
        MOMENTS);
  }
}
