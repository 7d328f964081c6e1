package org.portafilter.optim;

import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.graph.Value;
import org.portafilter.shape.ValueType;

/**
 * Adam (Kingma and Ba 2015): moments {@code m' = beta1 m + (1 - beta1) g} and {@code v' = beta2 v +
 * (1 - beta2) g^2}, both corrected for their start at zero, and {@code w' = w - rate m' / (sqrt(v')
 * + epsilon)}. Weight decay adds {@code decay w} to the gradient; {@link AdamW} takes it from the
 * parameter.
 *
 * <pre>{@code
 * Optimizer adam = Adam.of(1e-3);
 * }</pre>
 *
 * @param amsgrad whether the largest {@code v'} so far divides the step (Reddi et al. 2018)
 */
public record Adam(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    boolean amsgrad)
    implements Optimizer {
  private static final List<String> MOMENTS = List.of("moment1", "moment2");
  private static final List<String> WITH_LARGEST = List.of("moment1", "moment2", "largest");

  /** Checks the ranges. */
  public Adam {
    Updates.require(
        learningRate >= 0
            && Updates.isShare(beta1)
            && Updates.isShare(beta2)
            && epsilon > 0
            && weightDecay >= 0,
        "Adam needs a learning rate of at least 0, betas in [0, 1), epsilon above 0 and weight decay of at least 0",
        learningRate,
        beta1,
        beta2,
        epsilon,
        weightDecay);
  }

  /** Betas 0.9 and 0.999, epsilon 1e-8, no weight decay. */
  public static Adam of(double learningRate) {
    return new Adam(learningRate, 0.9, 0.999, 1e-8, 0, false);
  }

  /** The same with other betas. */
  public Adam withBetas(double beta1, double beta2) {
    return new Adam(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
  }

  /** The same with another epsilon. */
  public Adam withEpsilon(double epsilon) {
    return new Adam(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
  }

  /** The same with weight decay. */
  public Adam withWeightDecay(double weightDecay) {
    return new Adam(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
  }

  /** The same with or without AMSGrad's step, which never grows where gradients stay. */
  public Adam withAmsGrad(boolean amsgrad) {
    return new Adam(learningRate, beta1, beta2, epsilon, weightDecay, amsgrad);
  }

  private List<String> names() {
    return amsgrad ? WITH_LARGEST : MOMENTS;
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
    UpdateRule rule = amsgrad ? UpdateRule.AMSGRAD : UpdateRule.ADAM;
    UpdateOp.Step op = new UpdateOp.Step(rule, beta1, beta2, epsilon, weightDecay, 0);
    Updates.commit(graph, parameter, gradient, op, rateScale, names());
  }
}
