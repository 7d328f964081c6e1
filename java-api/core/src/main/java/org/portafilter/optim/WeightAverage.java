package org.portafilter.optim;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;
import org.portafilter.nn.Network;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Tensor;

/**
 * An optimizer that also keeps an exponential moving average of the weights it makes (Polyak and
 * Juditsky 1992): {@code a' = decay a + (1 - decay) w'}, divided by {@code 1 - decay^steps} when it
 * is read, so that the first weights do not count more than others.
 *
 * <pre>{@code
 * var optimizer = WeightAverage.of(Adam.of(1e-3), 0.999);
 * try (Trainer trainer = Trainer.of(net, loss, optimizer)) {
 *   trainer.fit(data.train().batches(64), 5);
 * }
 * try (Network averaged = optimizer.averaged(net)) {
 *   ModelFile.save(averaged, file);
 * }
 * }</pre>
 *
 * @param optimizer who makes the weights
 * @param decay in (0, 1); the average is over the last {@code 1 / (1 - decay)} steps or so
 */
public record WeightAverage(Optimizer optimizer, double decay) implements Optimizer {
  /** Checks the decay. */
  public WeightAverage {
    if (!(decay > 0 && decay < 1)) {
      throw new PortafilterException("WeightAverage needs a decay in (0, 1), got " + decay);
    }
  }

  /** Keeps an average beside what this optimizer does. */
  public static WeightAverage of(Optimizer optimizer, double decay) {
    return new WeightAverage(optimizer, decay);
  }

  /** Where the share of all steps' weights is that the averages hold: {@code 1 - decay^steps}. */
  private String share() {
    return "optimizer/average/" + decay;
  }

  private static String average(String parameter) {
    return "optimizer/" + parameter + "/average";
  }

  /**
   * A network of its own that computes with the averaged weights; the caller closes it.
   *
   * @param net the network that was trained
   * @throws PortafilterException when no step was trained, or not with this
   */
  public Network averaged(Network net) {
    double share = net.state().get(share()).doubles()[0];
    if (share == 0) {
      throw new PortafilterException("there is no average before the first step of training");
    }
    Network copy = net.copy();
    try {
      for (String path : net.trainable()) {
        double[] values = net.state().get(average(path)).doubles();
        for (int i = 0; i < values.length; i++) {
          values[i] /= share;
        }
        Tensor weights = copy.state().get(path);
        weights.write(values);
      }
      return copy;
    } catch (RuntimeException e) {
      copy.close();
      throw e;
    }
  }

  @Override
  public void requireFit(Collection<String> parameters) {
    optimizer.requireFit(parameters);
  }

  @Override
  public double learningRate() {
    return optimizer.learningRate();
  }

  @Override
  public Map<String, ValueType> moments(String parameter, ValueType type) {
    Map<String, ValueType> moments = new LinkedHashMap<>(optimizer.moments(parameter, type));
    moments.put(average(parameter), type);
    moments.put(share(), new ValueType(Shape.of(1), type.dtype()));
    return moments;
  }

  @Override
  public boolean squares(String parameter) {
    return optimizer.squares(parameter);
  }

  @Override
  public void update(Graph.Builder graph, String parameter, Value gradient, double rateScale) {
    optimizer.update(graph, parameter, gradient, rateScale);
    Value weights = graph.updated(parameter);
    if (weights == null) {
      throw new PortafilterException(optimizer + " makes no weights to average");
    }
    String path = "average/" + parameter;
    Value before = graph.state(average(parameter));
    Value kept = graph.add(path + "/kept", new PointwiseOp.Rescale(decay, 0), before);
    Value added = graph.add(path + "/added", new PointwiseOp.Rescale(1 - decay, 0), weights);
    graph.update(average(parameter), graph.add(path, new PointwiseOp.Add(), kept, added));
    if (graph.updated(share()) == null) {
      PointwiseOp.Rescale more = new PointwiseOp.Rescale(decay, 1 - decay);
      graph.update(share(), graph.add("average/share", more, graph.state(share())));
    }
  }
}
