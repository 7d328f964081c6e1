package org.portafilter.train;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Batches;
import org.portafilter.data.Loader;
import org.portafilter.loss.Loss;
import org.portafilter.metric.ConfusionMatrix;
import org.portafilter.metric.Metric;
import org.portafilter.nn.Network;
import org.portafilter.plan.Session;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

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
  private final Network net;
  private final List<Metric> metrics;
  private final BatchSessions sessions;
  private @Nullable Loaded last;

  private Evaluator(Network net, Loss loss, List<Metric> metrics) {
    this.net = net;
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
    return run(batches, (session, first, size) -> {});
  }

  /**
   * How often each class is taken for each other, by the largest output.
   *
   * @throws PortafilterException when the network's output is not one number per class
   */
  public ConfusionMatrix confusion(Batches batches) {
    Shape output = net.output();
    if (output.rank() != 1) {
      throw new PortafilterException(
          "a confusion matrix needs one output per class, this network gives " + output);
    }
    int classes = Math.toIntExact(output.dim(0));
    int[][] counts = new int[classes][classes];
    run(
        batches,
        (session, first, size) -> {
          for (int i = 0; i < size; i++) {
            counts[batches.dataset().label(first + i)][best(session, i, classes)]++;
          }
        });
    return ConfusionMatrix.of(counts);
  }

  /** The loader of the batches measured last, kept because they are often measured again. */
  private Loader loader(Batches batches) {
    Loaded kept = last;
    if (kept == null || !kept.batches.equals(batches)) {
      kept = new Loaded(batches, new Loader(batches));
      last = kept;
    }
    return kept.loader;
  }

  /** A loader and what it loads. */
  private record Loaded(Batches batches, Loader loader) {}

  /** Opens the sessions these batches need, so that what does not fit shows at once. */
  void open(Batches batches) {
    sessions.open(batches);
  }

  /** Hears of every batch after its run. */
  private interface Reader {
    void batch(Session session, int first, int size);
  }

  /** The class of the largest output of one image; the lowest of equals. */
  private static int best(Session session, int image, int classes) {
    ByteBuffer outputs = session.view(Network.OUTPUT);
    boolean wide = session.plan().type(Network.OUTPUT).dtype() == DType.FLOAT64;
    int best = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      int at = image * classes + c;
      double value = wide ? outputs.getDouble(8 * at) : outputs.getFloat(4 * at);
      if (value > most) {
        most = value;
        best = c;
      }
    }
    return best;
  }

  private Map<String, Double> run(Batches batches, Reader reader) {
    sessions.open(batches);
    Map<String, Double> sums = new LinkedHashMap<>();
    int first = 0;
    int[] order = IntStream.range(0, batches.dataset().size()).toArray();
    try (Loader loader = loader(batches)) {
      loader.start(order, 0, 0, 0);
      for (int size = loader.nextSize(); size > 0; size = loader.nextSize()) {
        Session session = sessions.get(batches, size);
        sessions.take(loader, batches, session);
        session.run();
        double loss = BatchSessions.scalar(session, TrainingGraph.LOSS);
        sums.merge(TrainingGraph.LOSS, loss * size, Double::sum);
        for (Metric metric : metrics) {
          double value = BatchSessions.scalar(session, "metric/" + metric.name());
          sums.merge(metric.name(), value, Double::sum);
        }
        reader.batch(session, first, size);
        first += size;
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
