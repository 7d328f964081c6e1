package org.portafilter.loss;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.graph.Function;
import org.portafilter.graph.Graph;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.PathPattern;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;

/**
 * A loss plus {@code l1 sum |w| + l2 / 2 sum w^2} over weights: L1 makes many of them 0 (Tibshirani
 * 1996), L2 keeps them small, both together are the elastic net (Zou and Hastie 2005). With plain
 * descent L2 is what weight decay does; the loss that is reported holds the penalty.
 *
 * <pre>{@code
 * Loss loss = Penalized.of(SoftmaxCrossEntropy.of()).withL1(1e-5).withL2(1e-4);
 * }</pre>
 *
 * @param weights which state entries: all that are called {@code weights} unless set
 */
public record Penalized(Loss loss, double l1, double l2, PathPattern weights) implements Loss {
  /** Checks the ranges. */
  public Penalized {
    if (!(l1 >= 0 && l2 >= 0)) {
      throw new PortafilterException(
          "Penalized needs factors of at least 0, got %s and %s".formatted(l1, l2));
    }
  }

  /** A loss, still without penalty. */
  public static Penalized of(Loss loss) {
    return new Penalized(loss, 0, 0, new PathPattern("(.*/)?weights"));
  }

  /** The same with this factor of the sum of absolute values. */
  public Penalized withL1(double l1) {
    return new Penalized(loss, l1, l2, weights);
  }

  /** The same with this factor of half the sum of squares. */
  public Penalized withL2(double l2) {
    return new Penalized(loss, l1, l2, weights);
  }

  /**
   * The same over other state entries.
   *
   * @param pattern as {@link PathPattern} has it
   */
  public Penalized withWeights(String pattern) {
    return new Penalized(loss, l1, l2, new PathPattern(pattern));
  }

  @Override
  public boolean ignores(int label) {
    return loss.ignores(label);
  }

  @Override
  public Value apply(Graph.Builder graph, Value output, Value labels) {
    return mean(graph, output, labels).value();
  }

  @Override
  public BatchMean mean(Graph.Builder graph, Value output, Value labels) {
    List<Value> penalized = penalized(graph);
    BatchMean mean = loss.mean(graph, output, labels);
    for (Value w : penalized) {
      if (l1 > 0) {
        mean = plus(graph, mean, w, new PointwiseOp.Apply(Function.ABS), l1);
      }
      if (l2 > 0) {
        mean = plus(graph, mean, w, new PointwiseOp.Apply(Function.SQUARE), l2 / 2);
      }
    }
    return mean;
  }

  private List<Value> penalized(Graph.Builder graph) {
    List<Value> penalized = new ArrayList<>();
    graph
        .states()
        .forEach(
            (path, value) -> {
              if (weights.matches(path)) {
                penalized.add(value);
              }
            });
    if (penalized.isEmpty()) {
      throw new PortafilterException(
          "'%s' names no weights of the network to penalize".formatted(weights.expression()));
    }
    return penalized;
  }

  private static BatchMean plus(
      Graph.Builder graph, BatchMean mean, Value w, PointwiseOp.Apply function, double factor) {
    String path = "penalty/" + graph.node(w).path();
    Value row = graph.add(path + "/row", new MoveOp.Reshape(List.of(-1)), w);
    Value sizes = graph.add(path + "/sizes", function, row);
    Value all = graph.add(path + "/sum", new ReduceOp.Reduce(ReduceOp.Kind.SUM, List.of(0)), sizes);
    Value scaled = graph.add(path + "/scaled", new PointwiseOp.Rescale(factor, 0), all);
    return mean.plus(graph, path, scaled);
  }
}
