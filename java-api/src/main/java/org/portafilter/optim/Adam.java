package org.portafilter.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import org.portafilter.graph.AdamOp;
import org.portafilter.graph.Graph;
import org.portafilter.graph.StepScalar;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;

/**
 * Adam (Kingma and Ba 2015): moments {@code m' = beta1 m + (1 - beta1) g} and {@code v' = beta2 v +
 * (1 - beta2) g^2}, both corrected for their start at zero, and {@code w' = w - rate m' / (sqrt(v')
 * + epsilon)}. Weight decay adds {@code decay w} to the gradient.
 *
 * <pre>{@code
 * Optimizer adam = Adam.of(1e-3);
 * }</pre>
 */
public record Adam(
    double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    implements Optimizer {
  /** Checks the ranges. */
  public Adam {
    boolean sane =
        learningRate >= 0 && beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0;
    if (!sane || !(weightDecay >= 0)) {
      throw new PortafilterException(
          "Adam needs a learning rate of at least 0, betas in [0, 1), epsilon above 0 and weight decay of at least 0, got %s"
              .formatted(java.util.List.of(learningRate, beta1, beta2, epsilon, weightDecay)));
    }
  }

  /** Betas 0.9 and 0.999, epsilon 1e-8, no weight decay. */
  public static Adam of(double learningRate) {
    return new Adam(learningRate, 0.9, 0.999, 1e-8, 0);
  }

  /** The same with other betas. */
  public Adam withBetas(double beta1, double beta2) {
    return new Adam(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** The same with another epsilon. */
  public Adam withEpsilon(double epsilon) {
    return new Adam(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** The same with weight decay. */
  public Adam withWeightDecay(double weightDecay) {
    return new Adam(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  @Override
  public Map<String, ValueType> moments(String parameter, ValueType type) {
    Map<String, ValueType> moments = new LinkedHashMap<>();
    moments.put(moment(parameter, 1), type);
    moments.put(moment(parameter, 2), type);
    return moments;
  }

  @Override
  public void update(Graph.Builder graph, String parameter, Value gradient) {
    Value updated =
        graph.add(
            "update/" + parameter,
            new AdamOp(beta1, beta2, epsilon, weightDecay),
            graph.state(parameter),
            gradient,
            graph.scalar(StepScalar.LEARNING_RATE),
            graph.scalar(StepScalar.STEP),
            graph.state(moment(parameter, 1)),
            graph.state(moment(parameter, 2)));
    graph.update(parameter, updated);
    graph.update(moment(parameter, 1), new Value(updated.node(), 1));
    graph.update(moment(parameter, 2), new Value(updated.node(), 2));
  }

  private static String moment(String parameter, int order) {
    return "optimizer/" + parameter + "/moment" + order;
  }
}
