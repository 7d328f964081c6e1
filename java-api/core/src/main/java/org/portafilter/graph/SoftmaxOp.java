package org.portafilter.graph;

import java.util.List;
import org.portafilter.graph.Reach.Link;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** Rows of scores as probabilities, their cross-entropy with labels, and how labels rank. */
public sealed interface SoftmaxOp extends Op {
  /** A row reads its own row; what is one number for all rows reads everything. */
  @Override
  default Reach reach(int output, int input, List<ValueType> inputs) {
    return Reach.of(Link.same(0), null);
  }

  /** Softmax over the classes of logits (N x C). */
  @OpName("Softmax")
  record Forward() implements SoftmaxOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(1);
      in.requireWorking(0);
      in.requireRank(0, 2, "N x classes");
      return List.of(in.type(0));
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.add(new Grad(), g.dy(), g.output(0)));
    }
  }

  /** {@code dx = y (dy - sum(dy y))} per row, from {@code dy} and the softmax {@code y}. */
  @OpName("SoftmaxGrad")
  record Grad() implements SoftmaxOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireRank(0, 2, "N x classes");
      in.requireShape(1, in.shape(0), "probabilities");
      return List.of(in.type(0));
    }

    @Override
    public boolean isSaved() {
      return false;
    }
  }

  /** The logarithm of softmax over the classes of logits (N x C). */
  @OpName("LogSoftmax")
  record Log() implements SoftmaxOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(1);
      in.requireWorking(0);
      in.requireRank(0, 2, "N x classes");
      return List.of(in.type(0));
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.add(new LogGrad(), g.dy(), g.output(0)));
    }
  }

  /** {@code dx = dy - exp(y) sum(dy)} over each row, from dy and y, the logarithm of softmax. */
  @OpName("LogSoftmaxGrad")
  record LogGrad() implements SoftmaxOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireShape(1, in.shape(0), "a value");
      return List.of(in.type(0));
    }

    @Override
    public boolean isSaved() {
      return false;
    }
  }

  /**
   * The mean over rows of {@code -log softmax(logits)[label]}, from logits (N x C) and labels (N,
   * {@code INT32}, in [0, C)); also delivers the probabilities.
   */
  @OpName("SoftmaxCrossEntropy")
  record CrossEntropy() implements SoftmaxOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      check(in);
      return List.of(in.working(Shape.of()), in.type(0));
    }

    static void check(Signature in) {
      in.requireWorking(0);
      in.requireRank(0, 2, "N x classes");
      in.require(
          in.type(1).dtype() == DType.INT32, "labels of type INT32", in.type(1).toString(), "");
      in.requireShape(1, Shape.of(in.dim(0, 0)), "one label per row");
    }

    @Override
    public void gradient(Gradient g) {
      g.accumulate(0, g.add(new CrossEntropyGrad(), g.dy(), g.output(1), g.input(1)));
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      return output == 0 ? Reach.ALL : Reach.of(Link.same(0), null);
    }
  }

  /**
   * {@code dloss (probabilities - onehot(label)) / N}, from dloss, the probabilities and the
   * labels. At the label it is minus the sum of the other classes' probabilities, which is the same
   * and keeps its digits where the network is sure and right.
   */
  @OpName("SoftmaxCrossEntropyGrad")
  record CrossEntropyGrad() implements SoftmaxOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(3);
      return List.of(in.type(1));
    }

    @Override
    public boolean isSaved() {
      return false;
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      return input == 0 ? Reach.ALL : Reach.of(Link.same(0), null);
    }
  }

  /**
   * How many rows of logits (N x C) rank their label among the {@code top} largest; ties rank the
   * lower class first, and a row that holds NaN ranks nothing.
   */
  @OpName("TopCount")
  record TopCount(int top) implements SoftmaxOp {
    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      CrossEntropy.check(in);
      in.require(top >= 1, "top of at least 1", "" + top, "");
      return List.of(in.working(Shape.of()));
    }

    @Override
    public Reach reach(int output, int input, List<ValueType> inputs) {
      return Reach.ALL;
    }
  }

  /**
   * Labels (N, {@code INT32}, in [0, C)) as rows of C numbers: {@code (1 - smoothing) [c = label] +
   * smoothing / C}, or all 0 where the label is {@code ignored}. Inputs: labels, and scores N x C,
   * of which only the shape matters.
   *
   * @param smoothing in [0, 1)
   * @param ignored a label, which need not be in [0, C); -1 for none
   */
  @OpName("OneHot")
  record OneHot(double smoothing, int ignored) implements SoftmaxOp {
    /** Checks the ranges. */
    public OneHot {
      if (!(smoothing >= 0 && smoothing < 1) || ignored < -1) {
        throw new PortafilterException(
            "labels are smoothed by a share in [0, 1) and ignored from 0 on, got %s and %s"
                .formatted(smoothing, ignored));
      }
    }

    @Override
    public List<ValueType> infer(Signature in) {
      in.requireInputs(2);
      in.requireRank(1, 2, "N x classes");
      in.require(
          in.type(0).dtype() == DType.INT32, "labels of type INT32", in.type(0).toString(), "");
      in.requireShape(0, Shape.of(in.dim(1, 0)), "one label per row");
      return List.of(in.working(in.shape(1)));
    }

    @Override
    public boolean readsShapeOnly(int input) {
      return input == 1;
    }

    /** Nothing depends on the labels, and nothing on the scores. */
    @Override
    public void gradient(Gradient g) {}
  }
}
