package org.portafilter.graph;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * An optimizer's update of one parameter. Inputs: parameter, gradient, learning rate, step, and
 * what the rule remembers; outputs: the new parameter, and the new of what it remembers.
 *
 * @param weightDecay {@code weightDecay w} is added to the gradient first
 * @param decoupledDecay {@code rate decoupledDecay w} is taken from the parameter besides
 * @param rateScale what the learning rate is multiplied by
 * @param momentumDecay at least 0: how fast {@link UpdateRule#NADAM}'s momentum grows from half of
 *     {@code momentum} to all of it
 */
public record UpdateOp(
    UpdateRule rule,
    double momentum,
    double beta2,
    double epsilon,
    double weightDecay,
    double decoupledDecay,
    double rateScale,
    double momentumDecay)
    implements Op {
  /** Where what the rule remembers begins among the inputs. */
  public static final int MOMENTS = 4;

  /** An update at the learning rate itself. */
  public UpdateOp(
      UpdateRule rule,
      double momentum,
      double beta2,
      double epsilon,
      double weightDecay,
      double decoupledDecay) {
    this(rule, momentum, beta2, epsilon, weightDecay, decoupledDecay, 1, 0);
  }

  /** The same at another multiple of the learning rate. */
  public UpdateOp withRateScale(double rateScale) {
    return new UpdateOp(
        rule, momentum, beta2, epsilon, weightDecay, decoupledDecay, rateScale, momentumDecay);
  }

  /** The same with another decay of NAdam's momentum. */
  public UpdateOp withMomentumDecay(double momentumDecay) {
    return new UpdateOp(
        rule, momentum, beta2, epsilon, weightDecay, decoupledDecay, rateScale, momentumDecay);
  }

  @Override
  public List<ValueType> infer(Signature in) {
    in.requireInputs(MOMENTS + rule.moments());
    in.requireWorking(0);
    in.requireShape(1, in.shape(0), "a gradient");
    List<ValueType> outputs = new ArrayList<>();
    outputs.add(in.type(0));
    for (int i = 0; i < rule.moments(); i++) {
      in.requireShape(MOMENTS + i, in.shape(0), "a moment");
      outputs.add(in.type(0));
    }
    return outputs;
  }

  /** Whether an output may be the memory of an input: the new of the old. */
  public boolean mayOverwrite(int output, int input) {
    return output == 0 ? input == 0 && rule != UpdateRule.LAMB : input == MOMENTS + output - 1;
  }
}
