package org.portafilter.train;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Batches;
import org.portafilter.data.Dataset;
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
 * changed. Images whose label the loss ignores are left out of everything. What is measured of a
 * set does not depend on how it is cut into batches.
 *
 * <pre>{@code
 * try (Evaluator evaluator = Evaluator.of(net, SoftmaxCrossEntropy.of(), Accuracy.of())) {
 *   double accuracy = evaluator.run(data.test().batches(256)).get("accuracy");
 * }
 * }</pre>
 */
public final class Evaluator implements AutoCloseable {
  /** The name of how many images got an output that holds NaN, in the numbers of a run. */
  public static final String NAN_OUTPUTS = "nan_outputs";

  private final Network net;
  private final Loss loss;
  private final List<Metric> metrics;
  private final BatchSessions sessions;
  private @Nullable Measured last;

  private Evaluator(Network net, Loss loss, List<Metric> metrics) {
    this.net = net;
    this.loss = loss;
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

  /**
   * The mean loss, under {@code loss}, and each metric, by name; where outputs hold NaN, also the
   * number of images that got them, under {@link #NAN_OUTPUTS}.
   *
   * @throws PortafilterException when no image counts: the loss ignores all labels, or gives all of
   *     them no weight
   */
  public Map<String, Double> run(Batches batches) {
    return run(batches, (outputs, image, at) -> {}).means();
  }

  /**
   * How often each class is taken for each other, by the largest output; the lowest class of
   * equals, and none where outputs hold NaN.
   *
   * @throws PortafilterException when the network's output is not one number per class, or when the
   *     loss ignores all labels
   */
  public ConfusionMatrix confusion(Batches batches) {
    Shape output = net.output();
    if (output.rank() != 1) {
      throw new PortafilterException(
          "a confusion matrix needs one output per class, this network gives " + output);
    }
    int classes = Math.toIntExact(output.dim(0));
    int[][] counts = new int[classes][classes];
    int[] nan = new int[classes];
    Dataset data = measured(batches).counting.dataset();
    run(
        batches,
        (outputs, image, at) -> {
          int label = data.label(image);
          if (outputs.hasNaN(at)) {
            nan[label]++;
          } else {
            counts[label][outputs.largest(at)]++;
          }
        });
    return ConfusionMatrix.of(counts, nan);
  }

  /**
   * What is measured of these batches, and its loader; the last is kept because the same are often
   * measured again.
   */
  private Measured measured(Batches batches) {
    Measured kept = last;
    if (kept == null || !kept.of.equals(batches)) {
      Batches counting = counting(batches);
      kept = new Measured(batches, counting, new Loader(counting));
      last = kept;
    }
    return kept;
  }

  /** Batches, those of their images that count, and what loads these. */
  private record Measured(Batches of, Batches counting, Loader loader) {}

  /** Opens the sessions these batches need, so that what does not fit shows at once. */
  void open(Batches batches) {
    sessions.open(measured(batches).counting);
  }

  /** The images that the loss does not ignore: the same batches where it ignores none. */
  private Batches counting(Batches batches) {
    Dataset data = batches.dataset();
    if (data.target().dtype() != DType.INT32) {
      return batches;
    }
    // Once per label: the network's output is inferred for it.
    Map<Integer, Boolean> labels = new HashMap<>();
    int[] images =
        IntStream.range(0, data.size())
            .filter(i -> labels.computeIfAbsent(data.label(i), this::counts))
            .toArray();
    if (images.length == 0) {
      throw new PortafilterException(
          "nothing to measure: the loss ignores the labels of all %s images (%s); measure images with other labels"
              .formatted(data.size(), loss));
    }
    return images.length == data.size()
        ? batches
        : new Batches(data.select(images), batches.size(), batches.augmentations());
  }

  private boolean counts(int label) {
    return !loss.ignores(label) && !sessions.isBeyond(label);
  }

  /** Hears of every image after the run of its batch. */
  private interface Reader {
    void image(Outputs outputs, int image, int at);
  }

  private Sums run(Batches batches, Reader reader) {
    Measured measured = measured(batches);
    Batches counting = measured.counting;
    sessions.open(counting);
    int images = counting.dataset().size();
    Sums sums = new Sums(images);
    int first = 0;
    try (Loader loader = measured.loader) {
      loader.start(IntStream.range(0, images).toArray(), 0, 0, 0);
      for (int size = loader.nextSize(); size > 0; size = loader.nextSize()) {
        Session session = sessions.get(counting, size);
        sessions.take(loader, counting, session);
        session.run();
        sums.add(session, size);
        Outputs outputs = Outputs.of(session, size);
        for (int i = 0; i < size; i++) {
          sums.nan += outputs.hasNaN(i) ? 1 : 0;
          reader.image(outputs, first + i, i);
        }
        first += size;
      }
    }
    return sums;
  }

  /** What the batches of a run add up to. */
  private final class Sums {
    private final int images;
    private final Map<String, Double> ofMetrics = new LinkedHashMap<>();
    private double loss;
    private double weight;
    private int nan;

    Sums(int images) {
      this.images = images;
    }

    void add(Session session, int size) {
      loss += BatchSessions.lossSum(session, size);
      weight += BatchSessions.weight(session, size);
      for (Metric metric : metrics) {
        double value = BatchSessions.scalar(session, "metric/" + metric.name());
        ofMetrics.merge(metric.name(), value, Double::sum);
      }
    }

    Map<String, Double> means() {
      if (weight == 0) {
        throw new PortafilterException(
            "nothing to measure: the loss gives the labels of all %s images no weight (%s); measure images with other labels"
                .formatted(images, Evaluator.this.loss));
      }
      Map<String, Double> means = new LinkedHashMap<>();
      means.put(TrainingGraph.LOSS, loss / weight);
      ofMetrics.forEach((name, sum) -> means.put(name, sum / images));
      if (nan > 0) {
        means.put(NAN_OUTPUTS, (double) nan);
      }
      return means;
    }
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
