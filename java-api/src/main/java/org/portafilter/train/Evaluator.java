package org.portafilter.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.portafilter.data.Batches;
import org.portafilter.data.Loader;
import org.portafilter.loss.Loss;
import org.portafilter.metric.Metric;
import org.portafilter.nn.Network;
import org.portafilter.plan.Session;

/**
 * Measures a network on labelled batches: dropout off, batch norm on running statistics, nothing
 * changed.
 *
 * <pre>{@code
 * try (Evaluator evaluator = Evaluator.of(net, SoftmaxCrossEntropy.of(), Accuracy.of())) {
 *   double accuracy = evaluator.run(data.test().batches(256)).get("accuracy");
 * }
 * }</pre>
 */
public final class Evaluator implements AutoCloseable {
  private final List<Metric> metrics;
  private final BatchSessions sessions;

  private Evaluator(Network net, Loss loss, List<Metric> metrics) {
    this.metrics = List.copyOf(metrics);
    this.sessions = new BatchSessions(net, TrainingGraph.evaluation(net, loss, this.metrics));
  }

  /** An evaluator; the network stays the caller's to close, after the evaluator. */
  public static Evaluator of(Network net, Loss loss, Metric... metrics) {
    return new Evaluator(net, loss, List.of(metrics));
  }

  /** An evaluator; the network stays the caller's to close, after the evaluator. */
  public static Evaluator of(Network net, Loss loss, List<Metric> metrics) {
    return new Evaluator(net, loss, metrics);
  }

  /** The mean loss, under {@code loss}, and each metric, by name. */
  public Map<String, Double> run(Batches batches) {
    sessions.open(batches);
    Map<String, Double> sums = new LinkedHashMap<>();
    int[] order = IntStream.range(0, batches.dataset().size()).toArray();
    try (Loader loader = new Loader(batches, order, 0, 0, 0)) {
      for (int size = loader.nextSize(); size > 0; size = loader.nextSize()) {
        Session session = sessions.get(batches, size);
        loader.take(session.view(Network.INPUT), session.view(TrainingGraph.LABELS));
        session.run();
        double loss = BatchSessions.scalar(session, TrainingGraph.LOSS);
        sums.merge(TrainingGraph.LOSS, loss * size, Double::sum);
        for (Metric metric : metrics) {
          double value = BatchSessions.scalar(session, "metric/" + metric.name());
          sums.merge(metric.name(), value, Double::sum);
        }
      }
    }
    sums.replaceAll((name, sum) -> sum / batches.dataset().size());
    return sums;
  }

  /** The arena bytes of the largest plan. */
  public long peakPlanBytes() {
    return sessions.peakPlanBytes();
  }

  /** Closes its sessions; the network stays open. */
  @Override
  public void close() {
    sessions.close();
  }
}
