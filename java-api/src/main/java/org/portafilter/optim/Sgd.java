package org.portafilter.optim;

import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.SgdOp;
import org.portafilter.graph.StepScalar;
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

  @Override
  public Map<String, ValueType> moments(String parameter, ValueType type) {
    return momentum > 0 ? Map.of(velocity(parameter), type) : Map.of();
  }

  @Override
  public void update(Graph.Builder graph, String parameter, Value gradient) {
    SgdOp op = new SgdOp(momentum, nesterov, weightDecay);
    Value weights = graph.state(parameter);
    Value rate = graph.scalar(StepScalar.LEARNING_RATE);
    if (momentum == 0) {
      graph.update(parameter, graph.add("update/" + parameter, op, weights, gradient, rate));
      return;
    }
    Value updated =
        graph.add(
            "update/" + parameter, op, weights, gradient, rate, graph.state(velocity(parameter)));
    graph.update(parameter, updated);
    graph.update(velocity(parameter), new Value(updated.node(), 1));
  }

  private static String velocity(String parameter) {
    return "optimizer/" + parameter + "/velocity";
  }
}
