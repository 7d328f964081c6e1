package org.portafilter.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.graph.Reach.Link;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** Batch normalisation: in training, with given statistics, and its gradient. */
public sealed interface NormOp extends Op {
  /** Statistics of a channel are of all images and places of it, and of no other channel. */
  private static Reach channelwise(boolean image, boolean ofImage, int rank) {
    List<@Nullable Link> links = new ArrayList<>(Collections.nCopies(image ? rank : 1, null));
    links.set(image ? 1 : 0, Link.same(ofImage ? 1 : 0));
    return new Reach(links);
  }

  @Override
  default boolean keepsZero() {
    return true;
  }

  /**
   * Batch normalisation in training (Ioffe and Szegedy 2015) over all dimensions but the channels
   * (dimension 1).
   *
   * <p>Inputs: x, gamma, beta, running mean, running variance. Outputs: y, the new running mean and
   * (unbiased) variance {@code (1 - momentum) old + momentum batch}, the batch mean, and {@code 1 /
   * sqrt(variance + epsilon)} with the biased variance.
   *
   * <p>Fusion alone sets the last two: a sixth input, the residual, is added before the activation.
   */
  @OpName("BatchNorm")
  record Training(double epsilon, double momentum, Activation activation, boolean residual)
      implements NormOp {
    /** The norm alone. */
    public Training(double epsilon, double momentum) {
      this(epsilon, momentum, Activation.IDENTITY, false);
    }

    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(residual ? 6 : 5);
      check(in);
      ValueType channels = in.working(Shape.of(in.dim(0, 1)));
      return List.of(in.type(0), channels, channels, channels, channels);
    }

    /** Checks an input, four values per channel and, where there is one, a residual. */
    static void check(Signature in) {
      in.requireWorking(0);
      in.require(
          in.shape(0).rank() >= 2,
          "an input of rank 2 or more (N x C x ...)",
          in.shape(0).toString(),
          "");
      for (int i = 1; i < 5; i++) {
        in.requireShape(i, Shape.of(in.dim(0, 1)), "one value per channel");
      }
      if (in.count() == 6) {
        in.requireShape(5, in.shape(0), "a residual");
      }
    }

    @Override
    public void gradient(Gradient g) {
      if (activation != Activation.IDENTITY || residual) {
        throw g.missing();
      }
      Value first =
          g.add(
              new Grad(Activation.IDENTITY, false),
              g.dy(),
              g.input(0),
              g.input(1),
              g.output(3),
              g.output(4));
      for (int i = 0; i < 3; i++) {
        g.accumulate(i, g.sibling(first, i));
      }
    }

    @Override
    public @Nullable Op taking(Epilogue epilogue) {
      if (activation != Activation.IDENTITY) {
        return null;
      }
      if (epilogue == Epilogue.RELU) {
        return new Training(epsilon, momentum, Activation.RELU, residual);
      }
      return residual ? null : new Training(epsilon, momentum, Activation.IDENTITY, true);
    }

    @Override
    public Op atInference() {
      return new Inference(epsilon);
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      int rank = inputs.get(0).shape().rank();
      return input == 5 && output == 0
          ? Reach.same(rank)
          : channelwise(output == 0, input == 0 || input == 5, rank);
    }
  }

  /**
   * Batch normalisation with given statistics. Inputs: x, gamma, beta, mean, variance; activation
   * and residual as in {@link Training}.
   */
  @OpName("BatchNormInference")
  record Inference(double epsilon, Activation activation, boolean residual) implements NormOp {
    /** The norm alone. */
    public Inference(double epsilon) {
      this(epsilon, Activation.IDENTITY, false);
    }

    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(residual ? 6 : 5);
      Training.check(in);
      return List.of(in.type(0));
    }

    /**
     * The statistics are constants; so are gamma and beta, which only training norms train. What is
     * left is a factor per channel: {@code dx = gamma dy / sqrt(variance + epsilon)}.
     */
    @Override
    public void gradient(Gradient g) {
      if (g.needs(1) || g.needs(2) || activation != Activation.IDENTITY || residual) {
        throw g.missing();
      }
      Value zeros = g.add(new PointwiseOp.Rescale(0, 0), g.input(3));
      g.accumulate(0, g.add(this, g.dy(), g.input(1), zeros, zeros, g.input(4)));
    }

    @Override
    public @Nullable Op taking(Epilogue epilogue) {
      if (activation != Activation.IDENTITY) {
        return null;
      }
      if (epilogue == Epilogue.RELU) {
        return new Inference(epsilon, Activation.RELU, residual);
      }
      return residual ? null : new Inference(epsilon, Activation.IDENTITY, true);
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      int rank = inputs.get(0).shape().rank();
      return input == 0 || input == 5 ? Reach.same(rank) : channelwise(true, false, rank);
    }
  }

  /**
   * The gradients of a {@link Training}'s x, gamma and beta, from dy, x, gamma, the batch mean and
   * inverse deviation. With an activation, which fusion sets, dy is that of the activation's value.
   * The sixth input then says where that value is positive: the value itself where a residual was
   * added before, beta where none was, so that it is found again from x.
   */
  @OpName("BatchNormGrad")
  record Grad(Activation activation, boolean residual) implements NormOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(activation == Activation.IDENTITY ? 5 : 6);
      in.requireWorking(0);
      if (activation != Activation.IDENTITY) {
        in.requireShape(
            5,
            in.shape(residual ? 1 : 2),
            residual ? "the activation's value, in x's shape" : "beta, in gamma's shape");
      }
      return List.of(in.type(1), in.type(2), in.type(2));
    }

    @Override
    public boolean isSaved() {
      return false;
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      int rank = inputs.get(0).shape().rank();
      return channelwise(output == 0, input < 2 || input == 5 && residual, rank);
    }
  }
}
