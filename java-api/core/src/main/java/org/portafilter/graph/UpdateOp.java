package org.portafilter.graph;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** What an optimizer does to a parameter. */
public sealed interface UpdateOp extends Op {
  /** Where what an update's rule remembers begins among the inputs. */
  int MOMENTS = 4;

  /** What the learning rate is multiplied by. */
  double rateScale();

  /** The same at another multiple of the learning rate. */
  UpdateOp withRateScale(double rateScale);

  /**
   * An optimizer's update of one parameter. Inputs: parameter, gradient, learning rate, step, and
   * what the rule remembers; outputs: the new parameter, and the new of what it remembers.
   *
   * @param weightDecay {@code weightDecay w} is added to the gradient first
   * @param decoupledDecay {@code rate decoupledDecay w} is taken from the parameter besides
   * @param rateScale what the learning rate is multiplied by
   * @param momentumDecay at least 0: how fast {@link UpdateRule#NADAM}'s momentum grows from half
   *     of {@code momentum} to all of it
   */
  @OpName("Update")
  record Step(
      UpdateRule rule,
      double momentum,
      double beta2,
      double epsilon,
      double weightDecay,
      double decoupledDecay,
      double rateScale,
      double momentumDecay)
      implements UpdateOp {
    /** An update at the learning rate itself. */
    public Step(
        UpdateRule rule,
        double momentum,
        double beta2,
        double epsilon,
        double weightDecay,
        double decoupledDecay) {
      this(rule, momentum, beta2, epsilon, weightDecay, decoupledDecay, 1, 0);
    }

    @Override
    public Step withRateScale(double rateScale) {
      return new Step(
          rule, momentum, beta2, epsilon, weightDecay, decoupledDecay, rateScale, momentumDecay);
    }

    /** The same with another decay of NAdam's momentum. */
    public Step withMomentumDecay(double momentumDecay) {
      return new Step(
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

    @Override
    public boolean isSaved() {
      return false;
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      boolean like = inputs.get(input).shape().equals(inputs.get(0).shape());
      return like ? Reach.same(inputs.get(0).shape().rank()) : Reach.ALL;
    }
  }

  /**
   * {@code w - rate (||w|| / ||d||) d}: a step whose size follows the parameter's (You et al.
   * 2020), {@code w - rate d} where either norm is 0. Inputs: w, d, learning rate, the norms of w
   * and d.
   *
   * @param rateScale what the learning rate is multiplied by
   */
  @OpName("TrustRatio")
  record TrustRatio(double rateScale) implements UpdateOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(5);
      in.requireWorking(0);
      in.requireShape(1, in.shape(0), "a direction");
      in.requireShape(3, Shape.of(1), "a norm");
      in.requireShape(4, Shape.of(1), "a norm");
      return List.of(in.type(0));
    }

    @Override
    public boolean isSaved() {
      return false;
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      boolean like = inputs.get(input).shape().equals(inputs.get(0).shape());
      return like ? Reach.same(inputs.get(0).shape().rank()) : Reach.ALL;
    }

    @Override
    public TrustRatio withRateScale(double rateScale) {
      return new TrustRatio(rateScale);
    }
  }
}
