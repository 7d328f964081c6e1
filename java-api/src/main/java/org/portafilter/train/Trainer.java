package org.portafilter.train;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Batches;
import org.portafilter.data.Loader;
import org.portafilter.graph.Graph;
import org.portafilter.loss.Loss;
import org.portafilter.metric.Metric;
import org.portafilter.nn.Network;
import org.portafilter.optim.Optimizer;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Philox;

/**
 * Trains a network on batches: shuffles, steps, keeps a history, writes checkpoints.
 *
 * <pre>{@code
 * try (Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3))) {
 *   trainer.fit(data.train().batches(64), 5);
 *   double accuracy = trainer.evaluate(data.test().batches(256), Accuracy.of());
 * }
 * }</pre>
 */
public final class Trainer implements AutoCloseable {
  private static final String LATEST = "latest.safetensors";

  private final Network net;
  private final Loss loss;
  private final Optimizer optimizer;
  private final History history = new History();
  private final Map<Key, Session> sessions = new LinkedHashMap<>();
  private final List<Session> opened = new ArrayList<>();
  private Progress progress = new Progress() {};
  private long seed = 42;
  private double learningRate;
  private @Nullable Path checkpoints;
  private int checkpointSteps;
  private Position position = Position.START;

  /**
   * What decides a session: its images per batch, their type, and the metrics, or null for
   * training.
   */
  private record Key(int batch, DType dtype, @Nullable List<Metric> metrics) {}

  private Trainer(Network net, Loss loss, Optimizer optimizer) {
    this.net = net;
    this.loss = loss;
    this.optimizer = optimizer;
    this.learningRate = optimizer.learningRate();
    Map<String, ValueType> moments = new LinkedHashMap<>();
    for (String path : net.trainable()) {
      moments.putAll(optimizer.moments(path, net.state().get(path).type()));
    }
    net.state().define(moments);
  }

  /** A trainer of this network; the network stays the caller's to close, after the trainer. */
  public static Trainer of(Network net, Loss loss, Optimizer optimizer) {
    return new Trainer(net, loss, optimizer);
  }

  /** Sets the seed of shuffling and dropout; 42 unless set. */
  public Trainer seed(long seed) {
    this.seed = seed;
    return this;
  }

  /** Sets who hears of steps and epochs. */
  public Trainer progress(Progress progress) {
    this.progress = progress;
    return this;
  }

  /** Sets the learning rate of the following steps; the optimizer's own unless set. */
  public Trainer learningRate(double rate) {
    this.learningRate = rate;
    return this;
  }

  /**
   * Writes {@code latest.safetensors} into a folder at the end of every epoch, and every {@code
   * steps} steps if above 0.
   */
  public Trainer checkpoint(Path folder, int steps) {
    this.checkpoints = folder;
    this.checkpointSteps = steps;
    return this;
  }

  /** One row per epoch so far, resumed ones included. */
  public History history() {
    return history;
  }

  /** The arena bytes of the largest plan opened so far. */
  public long peakPlanBytes() {
    return opened.stream().mapToLong(s -> s.plan().arenaBytes()).max().orElse(0);
  }

  /**
   * Continues from the folder's latest checkpoint, if there is one.
   *
   * @param train the batches {@link #fit} will be called with
   * @return whether there was one
   */
  public boolean resume(Path folder, Batches train) {
    Path file = folder.resolve(LATEST);
    if (!Files.exists(file)) {
      return false;
    }
    position = Checkpoint.restore(file, net, setup(train), history);
    return true;
  }

  /**
   * Trains until {@code epochs} epochs are done in all, resumed ones included. The last batch of an
   * epoch may be smaller.
   *
   * @throws PortafilterException when the loss is not a number, or data and network do not fit
   */
  public void fit(Batches train, int epochs) {
    check(train);
    openTraining(train);
    while (position.epoch() < epochs) {
      epoch(train);
    }
  }

  private void epoch(Batches train) {
    long start = System.nanoTime();
    int epoch = position.epoch();
    long images = position.images();
    int[] order =
        new Philox(seed, Philox.streamOf("shuffle/" + epoch)).permutation(train.dataset().size());
    try (Loader loader = new Loader(train, order, position.batch())) {
      for (int size = loader.nextSize(); size > 0; size = loader.nextSize()) {
        double stepLoss = step(loader, session(train, size));
        position = position.afterBatch(stepLoss, size);
        progress.step(epoch + 1, position.batch(), train.count(), position.loss());
        if (checkpoints != null && checkpointSteps > 0 && position.batch() % checkpointSteps == 0) {
          save(train);
        }
      }
    }
    double seconds = (System.nanoTime() - start) * 1e-9;
    Map<String, Double> row = new LinkedHashMap<>();
    row.put("epoch", (double) epoch + 1);
    row.put("train_loss", position.loss());
    row.put("seconds", seconds);
    row.put("images_per_second", (position.images() - images) / seconds);
    history.add(row);
    position = position.afterEpoch();
    if (checkpoints != null) {
      save(train);
    }
    progress.epoch(epoch + 1, row);
  }

  private double step(Loader loader, Session session) {
    loader.take(session.view(Network.INPUT), session.view(TrainingGraph.LABELS));
    session.learningRate(learningRate);
    session.seed(seed);
    session.run();
    double value = scalar(session, TrainingGraph.LOSS);
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      throw new PortafilterException(
          "the loss became %s at step %d (epoch %d); lower the learning rate (now %s) or check the data for bad values"
              .formatted(value, net.state().step(), position.epoch() + 1, learningRate));
    }
    return value;
  }

  private static double scalar(Session session, String name) {
    ByteBuffer view = session.view(name);
    return view.capacity() == 8 ? view.getDouble(0) : view.getFloat(0);
  }

  private void save(Batches train) {
    Path folder = checkpoints;
    if (folder != null) {
      Checkpoint.save(folder.resolve(LATEST), net, setup(train), position, history);
    }
  }

  private TrainingSetup setup(Batches train) {
    openTraining(train);
    return new TrainingSetup(
        seed,
        loss.toString(),
        optimizer.toString(),
        train.size(),
        train.dataset().size(),
        session(train, Math.min(train.size(), train.dataset().size())).plan().numericsIds());
  }

  /** Opens the sessions of full and of last partial batches in one arena. */
  private void openTraining(Batches train) {
    Graph graph = TrainingGraph.training(net, loss, optimizer);
    DType dtype = train.dataset().dtype();
    List<Key> keys = new ArrayList<>();
    for (int batch : new int[] {train.size(0), train.size(train.count() - 1)}) {
      Key key = new Key(batch, dtype, null);
      if (!sessions.containsKey(key) && !keys.contains(key)) {
        keys.add(key);
      }
    }
    open(keys, graph);
  }

  private void open(List<Key> keys, Graph graph) {
    if (keys.isEmpty()) {
      return;
    }
    List<Plan> plans = new ArrayList<>();
    keys.forEach(key -> plans.add(Plan.compile(graph, net.device(), spec(key))));
    List<Session> shared = Session.openShared(plans, net.state());
    for (int i = 0; i < keys.size(); i++) {
      sessions.put(keys.get(i), shared.get(i));
    }
    opened.addAll(shared);
  }

  private Spec spec(Key key) {
    Map<String, ValueType> leaves = new LinkedHashMap<>(net.leaves(key.batch(), key.dtype()));
    leaves.put(TrainingGraph.LABELS, new ValueType(Shape.of(key.batch()), DType.INT32));
    return Spec.of(leaves).withWorking(net.working());
  }

  private Session session(Batches train, int batch) {
    Session session = sessions.get(new Key(batch, train.dataset().dtype(), null));
    if (session == null) {
      throw new IllegalStateException("no session for batch " + batch);
    }
    return session;
  }

  /** The value of one metric over a data set. */
  public double evaluate(Batches batches, Metric metric) {
    return evaluate(batches, List.of(metric)).get(metric.name());
  }

  /** The mean loss, under {@code loss}, and the metrics over a data set, by name. */
  public Map<String, Double> evaluate(Batches batches, List<Metric> metrics) {
    check(batches);
    Graph graph = TrainingGraph.evaluation(net, loss, metrics);
    DType dtype = batches.dataset().dtype();
    List<Key> keys = new ArrayList<>();
    for (int batch : new int[] {batches.size(0), batches.size(batches.count() - 1)}) {
      Key key = new Key(batch, dtype, List.copyOf(metrics));
      if (!sessions.containsKey(key) && !keys.contains(key)) {
        keys.add(key);
      }
    }
    open(keys, graph);
    Map<String, Double> sums = new LinkedHashMap<>();
    int[] order = java.util.stream.IntStream.range(0, batches.dataset().size()).toArray();
    try (Loader loader = new Loader(batches, order, 0)) {
      for (int size = loader.nextSize(); size > 0; size = loader.nextSize()) {
        Session session = sessions.get(new Key(size, dtype, List.copyOf(metrics)));
        loader.take(session.view(Network.INPUT), session.view(TrainingGraph.LABELS));
        session.run();
        sums.merge(TrainingGraph.LOSS, scalar(session, TrainingGraph.LOSS) * size, Double::sum);
        for (Metric metric : metrics) {
          sums.merge(metric.name(), scalar(session, "metric/" + metric.name()), Double::sum);
        }
      }
    }
    sums.replaceAll((name, sum) -> sum / batches.dataset().size());
    return sums;
  }

  private void check(Batches batches) {
    if (!batches.dataset().shape().equals(net.input())) {
      throw new PortafilterException(
          "the network takes images of shape "
              + net.input()
              + ", the data set has "
              + batches.dataset().shape());
    }
    long classes = net.output().rank() == 1 ? net.output().dim(0) : Long.MAX_VALUE;
    if (batches.dataset().classes() > classes) {
      throw new PortafilterException(
          "the data set has a label %d, the network's last layer has %d outputs; labels must be below that"
              .formatted(batches.dataset().classes() - 1, classes));
    }
  }

  /** Closes all sessions; the network stays open. */
  @Override
  public void close() {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
    opened.clear();
    sessions.clear();
  }
}
