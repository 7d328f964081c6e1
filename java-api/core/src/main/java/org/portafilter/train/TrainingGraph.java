package org.portafilter.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.portafilter.graph.Gradients;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.StepScalar;
import org.portafilter.graph.Value;
import org.portafilter.loss.BatchMean;
import org.portafilter.loss.Loss;
import org.portafilter.metric.Metric;
import org.portafilter.nn.Network;
import org.portafilter.optim.Clipping;
import org.portafilter.optim.Optimizer;

/**
 * Extends a network's graph by loss, gradients and updates for training, or by loss and metrics for
 * evaluation.
 */
public final class TrainingGraph {
  /** The name of the label input. */
  public static final String LABELS = "labels";

  /** The name of the loss value. */
  public static final String LOSS = "loss";

  /** What the paths of the nodes begin with that require a gradient to be finite. */
  static final String GRADIENT = "gradient/";

  /** What the path ends with of one that requires its squares to be finite too. */
  static final String SQUARES = "/squares";

  /** What the path ends with of one that looks at its norm. */
  static final String NORM = "/norm";

  /** Gradients as they are. */
  static final Clipping UNCLIPPED = (graph, gradients) -> gradients;

  /** The name of what the loss divides, where the loss has a weight. */
  static final String LOSS_SUM = "loss_sum";

  /** The name of what the loss divides by, where a batch's images do not all count alike. */
  static final String LOSS_WEIGHT = "loss_weight";

  private TrainingGraph() {}

  /** Forward, loss, backward and one update per trained parameter. */
  public static Graph training(Network net, Loss loss, Optimizer optimizer) {
    return training(net, loss, optimizer, UNCLIPPED);
  }

  /**
   * Forward, loss, backward, clipping and one update per trained parameter. A run ends before the
   * backward pass, and changes no state, when the loss is infinite or NaN; and before clipping and
   * updates, with {@code NotFiniteException} that names {@code gradient/} and the parameter's path,
   * when a gradient is, or its square where the optimizer needs it and nothing is clipped, or a
   * norm that clipping needs. With {@code MathMode.FLOAT16} gradients carry the session's loss
   * scale through the backward pass and lose it before clipping; a run whose gradients overflow
   * ends there and changes no state.
   */
  public static Graph training(Network net, Loss loss, Optimizer optimizer, Clipping clipping) {
    Graph described = net.trainingGraph();
    Graph.Builder graph = described.toBuilder();
    BatchMean mean = loss.mean(graph, described.output(Network.OUTPUT), graph.input(LABELS));
    Value finite = graph.add("loss/finite", new PointwiseOp.RequireFinite(), mean.value());
    graph.name(LOSS, finite);
    if (mean.weight() != null) {
      graph.name(LOSS_WEIGHT, mean.weight());
    }
    Map<Value, String> parameters = new LinkedHashMap<>();
    net.trainable().forEach(path -> parameters.put(graph.state(path), path));
    Map<String, Value> gradients = new LinkedHashMap<>();
    Gradients.of(graph, finite, parameters.keySet())
        .forEach((parameter, gradient) -> gradients.put(parameters.get(parameter), gradient));
    if (LossScale.isUsed(net.math())) {
      Value scale = graph.scalar(StepScalar.LOSS_SCALE);
      gradients.replaceAll(
          (path, gradient) ->
              graph.add("unscale/" + path, new PointwiseOp.Unscale(), gradient, scale));
    } else if (!clipping.endsRuns()) {
      requireFinite(graph, gradients, path -> clipping == UNCLIPPED && optimizer.squares(path));
    }
    clipping
        .apply(graph, gradients)
        .forEach((path, gradient) -> optimizer.update(graph, path, gradient, 1));
    return graph.build();
  }

  /** Looks at the layer nearest to the loss first: from it the others have it. */
  private static void requireFinite(
      Graph.Builder graph, Map<String, Value> gradients, Predicate<String> squares) {
    List<String> backwards = new ArrayList<>(gradients.keySet());
    Collections.reverse(backwards);
    for (String path : backwards) {
      boolean both = squares.test(path);
      String name = GRADIENT + path + (both ? SQUARES : "");
      gradients.put(
          path, graph.add(name, new PointwiseOp.RequireFinite(both), gradients.get(path)));
    }
  }

  /** The forward pass as training does it, and the loss; no gradients, no updates. */
  static Graph forward(Network net, Loss loss) {
    Graph described = net.trainingGraph().withoutUpdates();
    Graph.Builder graph = described.toBuilder();
    Value output = described.output(Network.OUTPUT);
    graph.name(LOSS, loss.apply(graph, output, graph.input(LABELS)));
    return graph.build();
  }

  /**
   * Forward, loss and the gradient of every trained parameter, named {@code gradient/} and its
   * path; no updates.
   */
  public static Graph gradients(Network net, Loss loss) {
    Graph described = net.trainingGraph().withoutUpdates();
    Graph.Builder graph = described.toBuilder();
    Value lossValue = loss.apply(graph, described.output(Network.OUTPUT), graph.input(LABELS));
    graph.name(LOSS, lossValue);
    Map<Value, String> parameters = new LinkedHashMap<>();
    net.trainable().forEach(path -> parameters.put(graph.state(path), path));
    Gradients.of(graph, lossValue, parameters.keySet())
        .forEach(
            (parameter, gradient) -> graph.name("gradient/" + parameters.get(parameter), gradient));
    return graph.build();
  }

  /**
   * Inference, loss and metrics, each metric named {@code metric/} and its name. The metrics count
   * every image of the batch; {@link Evaluator} leaves out those that the loss ignores.
   */
  public static Graph evaluation(Network net, Loss loss, List<Metric> metrics) {
    Graph forward = net.inferenceGraph();
    Graph.Builder graph = forward.toBuilder();
    Value output = forward.output(Network.OUTPUT);
    Value labels = graph.input(LABELS);
    BatchMean mean = loss.mean(graph, output, labels);
    graph.name(LOSS, mean.value());
    if (mean.sum() != null && mean.weight() != null) {
      graph.name(LOSS_SUM, mean.sum());
      graph.name(LOSS_WEIGHT, mean.weight());
    }
    metrics.forEach(
        metric -> graph.name("metric/" + metric.name(), metric.apply(graph, output, labels)));
    return graph.build();
  }
}
