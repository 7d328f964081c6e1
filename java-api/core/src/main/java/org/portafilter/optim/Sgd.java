package org.portafilter.optim;

import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;

/**
 * Stochastic gradient descent, plain, with momentum (Polyak 1964) or Nesterov's: {@code v' =
 * momentum v + g}, {@code w' = w - rate v'}, or {@code w' = w - rate (g + momentum v')}. Weight
 * decay adds {@code decay w} to the gradient.
 *
 * <pre>{@code
 * Optimizer sgd = Sgd.of(0.1).withMomentum(0.9).withNesterov(true).withWeightDecay(1e-4);
 * }</pre>
 */
public record Sgd(double learningRate, double momentum, boolean nesterov, double weightDecay)
    implements Optimizer {
  /** Checks the ranges. */
  public Sgd {
    if (!(learningRate >= 0) || !(momentum >= 0 && momentum < 1) || !(weightDecay >= 0)) {
      throw new PortafilterException(
          "Sgd needs a learning rate of at least 0, momentum in [0, 1) and weight decay of at least 0, got "
              + learningRate
              + ", "
              + momentum
              + ", "
              + weightDecay);
    }
    if (nesterov && momentum == 0) {
      throw new PortafilterException(
          "Nesterov's method needs momentum above 0; add withMomentum(0.9) before it");
    }
  }

  /** Plain descent. */
  public static Sgd of(double learningRate) {
    return new Sgd(learningRate, 0, false, 0);
  }

  /** The same with momentum. */
  public Sgd withMomentum(double momentum) {
    return new Sgd(learningRate, momentum, nesterov, weightDecay);
  }

  /** The same with or without Nesterov's look-ahead. */
  public Sgd withNesterov(boolean nesterov) {
    return new Sgd(learningRate, momentum, nesterov, weightDecay);
  }

  /** The same with weight decay. */
  public Sgd withWeightDecay(double weightDecay) {
    return new Sgd(learningRate, momentum, nesterov, weightDecay);
  }

  private List<String> names() {
    return momentum > 0 ? List.of("velocity") : List.of();
  }

  @Override
  public Map<String, ValueType> moments(String parameter, ValueType type) {
    return Updates.moments(parameter, type, names());
  }

  @Override
  public void update(Graph.Builder graph, String parameter, Value gradient, double rateScale) {
    UpdateRule moving = nesterov ? UpdateRule.NESTEROV : UpdateRule.MOMENTUM;
    UpdateRule rule = momentum > 0 ? moving : UpdateRule.SGD;
    UpdateOp.Step op = new UpdateOp.Step(rule, momentum, 0, 0, weightDecay, 0);
    Updates.commit(graph, parameter, gradient, op, rateScale, names());
  }
}
