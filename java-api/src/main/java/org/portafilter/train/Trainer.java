package org.portafilter.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Batches;
import org.portafilter.data.Loader;
import org.portafilter.loss.Loss;
import org.portafilter.metric.Metric;
import org.portafilter.nn.Network;
import org.portafilter.optim.Optimizer;
import org.portafilter.optim.schedule.Constant;
import org.portafilter.optim.schedule.Schedule;
import org.portafilter.plan.Session;
import org.portafilter.shape.PortafilterException;
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
  private final BatchSessions sessions;
  private final Map<List<Metric>, Evaluator> evaluators = new LinkedHashMap<>();
  private Progress progress = new Progress() {};
  private long seed = 42;
  private double learningRate;
  private Schedule schedule = Constant.of();
  private @Nullable Path checkpoints;
  private int checkpointSteps;
  private Position position = Position.START;

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
    this.sessions = new BatchSessions(net, TrainingGraph.training(net, loss, optimizer));
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

  /** Sets how the learning rate moves from step to step; constant unless set. */
  public Trainer schedule(Schedule schedule) {
    this.schedule = schedule;
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
    long evaluation = 0;
    for (Evaluator evaluator : evaluators.values()) {
      evaluation = Math.max(evaluation, evaluator.peakPlanBytes());
    }
    return Math.max(sessions.peakPlanBytes(), evaluation);
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
    sessions.open(train);
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
    try (Loader loader = new Loader(train, order, position.batch(), seed, epoch)) {
      for (int size = loader.nextSize(); size > 0; size = loader.nextSize()) {
        double stepLoss = step(loader, sessions.get(train, size));
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
    session.learningRate(schedule.rate(net.state().step(), learningRate));
    session.seed(seed);
    session.run();
    double value = BatchSessions.scalar(session, TrainingGraph.LOSS);
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      throw new PortafilterException(
          "the loss became %s at step %d (epoch %d); lower the learning rate (now %s) or check the data for bad values"
              .formatted(value, net.state().step(), position.epoch() + 1, learningRate));
    }
    return value;
  }

  private void save(Batches train) {
    Path folder = checkpoints;
    if (folder != null) {
      Checkpoint.save(folder.resolve(LATEST), net, setup(train), position, history);
    }
  }

  private TrainingSetup setup(Batches train) {
    sessions.open(train);
    return new TrainingSetup(
        seed,
        loss.toString(),
        optimizer + ", " + schedule + ", learning rate " + learningRate,
        train.size(),
        train.dataset().size(),
        sessions.get(train, train.size(0)).plan().numericsIds());
  }

  /** The value of one metric over a data set. */
  public double evaluate(Batches batches, Metric metric) {
    return evaluate(batches, List.of(metric)).get(metric.name());
  }

  /** The mean loss, under {@code loss}, and the metrics over a data set, by name. */
  public Map<String, Double> evaluate(Batches batches, List<Metric> metrics) {
    return evaluators
        .computeIfAbsent(List.copyOf(metrics), m -> Evaluator.of(net, loss, m))
        .run(batches);
  }

  /** Closes all sessions; the network stays open. */
  @Override
  public void close() {
    evaluators.values().forEach(Evaluator::close);
    evaluators.clear();
    sessions.close();
  }
}
