package org.portafilter.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Batches;
import org.portafilter.data.Loader;
import org.portafilter.device.NotFiniteException;
import org.portafilter.device.OverflowException;
import org.portafilter.loss.Loss;
import org.portafilter.metric.Metric;
import org.portafilter.nn.Network;
import org.portafilter.optim.Clipping;
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
  private final Network net;
  private final Loss loss;
  private final Optimizer optimizer;
  private final History history = new History();
  private final Map<List<Metric>, Evaluator> evaluators = new LinkedHashMap<>();
  private final List<Callback> callbacks = new ArrayList<>();
  private @Nullable BatchSessions sessions;
  private @Nullable Clipping clipping;
  private @Nullable Validation validation;
  private @Nullable Checkpoints checkpoints;
  private long budget = Long.MAX_VALUE;
  private long seed = 42;
  private double learningRate;
  private Schedule schedule = Constant.of();
  private @Nullable ReduceOnPlateau plateau;
  private double rateFactor = 1;
  private Position position = Position.START;
  private boolean closed;

  /** What is measured at the end of every epoch. */
  private record Validation(Batches batches, List<Metric> metrics) {}

  private Trainer(Network net, Loss loss, Optimizer optimizer) {
    this.net = net;
    this.loss = loss;
    this.optimizer = optimizer;
    this.learningRate = optimizer.learningRate();
    optimizer.requireFit(net.trainable());
    Map<String, ValueType> moments = new LinkedHashMap<>();
    for (String path : net.trainable()) {
      moments.putAll(optimizer.moments(path, net.state().get(path).type()));
    }
    net.state().define(moments);
  }

  /**
   * A trainer of this network; the network stays the caller's to close, after the trainer.
   *
   * @throws PortafilterException when the optimizer has a group that names no parameter
   */
  public static Trainer of(Network net, Loss loss, Optimizer optimizer) {
    return new Trainer(net, loss, optimizer);
  }

  /** Sets the seed of shuffling, augmentation and dropout; 42 unless set. */
  public Trainer seed(long seed) {
    this.seed = seed;
    return this;
  }

  /** Adds one who hears of steps and epochs, and may end the training. */
  public Trainer callback(Callback callback) {
    callbacks.add(callback);
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

  /** Lowers the rate when a number of the history stalls, on top of the schedule. */
  public Trainer plateau(ReduceOnPlateau plateau) {
    this.plateau = plateau;
    return this;
  }

  /**
   * Bounds gradients before the optimizer sees them; no bound unless set.
   *
   * @throws PortafilterException when training has begun
   */
  public Trainer clipping(Clipping clipping) {
    requireNotBegun("clipping");
    this.clipping = clipping;
    return this;
  }

  /**
   * Bounds the memory of a step: everything besides parameters and the optimizer's moments.
   *
   * @param bytes at least 1; no bound unless set
   * @throws PortafilterException when training has begun
   */
  public Trainer budget(long bytes) {
    requireNotBegun("budget");
    this.budget = bytes;
    return this;
  }

  /**
   * Measures these batches at the end of every epoch: {@code validation_loss} and {@code
   * validation_} with each metric's name join the history.
   */
  public Trainer validation(Batches batches, Metric... metrics) {
    this.validation = new Validation(batches, List.of(metrics));
    return this;
  }

  /** Writes checkpoints; none unless set. */
  public Trainer checkpoints(Checkpoints checkpoints) {
    this.checkpoints = checkpoints;
    return this;
  }

  private void requireNotBegun(String what) {
    if (sessions != null) {
      throw new PortafilterException(
          what + " is part of the plan; set it before fit or resume is called");
    }
  }

  /** One row per epoch so far, resumed ones included. */
  public History history() {
    return history;
  }

  /** The arena bytes of the largest plan opened so far. */
  public long peakPlanBytes() {
    long peak = sessions == null ? 0 : sessions.peakPlanBytes();
    for (Evaluator evaluator : evaluators.values()) {
      peak = Math.max(peak, evaluator.peakPlanBytes());
    }
    return peak;
  }

  /**
   * Continues from the folder's latest checkpoint, if there is one.
   *
   * @param train the batches {@link #fit} will be called with
   * @return whether there was one
   * @throws PortafilterException when the checkpoint is damaged or belongs to another training
   */
  public boolean resume(Path folder, Batches train) {
    Path file = Checkpoints.in(folder).latest();
    if (!Files.exists(file)) {
      return false;
    }
    position = Checkpoint.restore(file, net, setup(train), history);
    return true;
  }

  /**
   * Trains until {@code epochs} epochs are done in all, resumed ones included, or until a callback
   * ends it. The last batch of an epoch may be smaller.
   *
   * @throws PortafilterException when the loss is infinite or NaN, naming the first layer that was,
   *     with the state as it was before that step; or when data and network do not fit
   */
  public void fit(Batches train, int epochs) {
    BatchSessions opened = sessions(train);
    if (validation != null) {
      evaluator(validation.metrics()).open(validation.batches());
    }
    if (checkpoints != null) {
      checkpoints.prepare();
    }
    boolean stopped = false;
    try (Loader loader = new Loader(train)) {
      while (position.epoch() < epochs && !stopped) {
        stopped = epoch(train, epochs, opened, loader);
      }
    }
  }

  /** Runs the rest of an epoch, and says whether a callback wants no more. */
  private boolean epoch(Batches train, int epochs, BatchSessions opened, Loader loader) {
    long start = System.nanoTime();
    int epoch = position.epoch();
    long images = position.images();
    rateFactor = plateau == null ? 1 : plateau.rateFactor(history.epochs());
    int[] order =
        new Philox(seed, Philox.streamOf("shuffle/" + epoch)).permutation(train.dataset().size());
    loader.start(order, position.batch(), seed, epoch);
    for (int size = loader.nextSize(); size > 0; size = loader.nextSize()) {
      double stepLoss = step(loader, opened.get(train, size));
      position = position.afterBatch(stepLoss, size);
      report(train, epochs, stepLoss);
      if (checkpoints != null
          && checkpoints.everySteps() > 0
          && position.batch() % checkpoints.everySteps() == 0) {
        save(checkpoints.latest(), train);
      }
    }
    double seconds = (System.nanoTime() - start) * 1e-9;
    Map<String, Double> row = new LinkedHashMap<>();
    row.put("epoch", (double) epoch + 1);
    row.put("train_loss", position.loss());
    row.put("learning_rate", lastRate());
    row.put("seconds", seconds);
    row.put("images_per_second", (position.images() - images) / seconds);
    validate(row);
    history.add(row);
    position = position.afterEpoch();
    if (checkpoints != null) {
      checkpoints.writeEpoch(epoch + 1, history, file -> save(file, train));
    }
    Epoch ended = new Epoch(epoch + 1, epochs, history);
    callbacks.forEach(callback -> callback.epoch(ended));
    return ended.stopped() != null;
  }

  private void report(Batches train, int epochs, double stepLoss) {
    if (callbacks.isEmpty()) {
      return;
    }
    Step step =
        new Step(
            position.epoch() + 1,
            epochs,
            position.batch(),
            train.count(),
            stepLoss,
            position.loss(),
            lastRate());
    callbacks.forEach(callback -> callback.step(step));
  }

  private void validate(Map<String, Double> row) {
    if (validation != null) {
      evaluate(validation.batches(), validation.metrics())
          .forEach((name, value) -> row.put("validation_" + name, value));
    }
  }

  private double rate(long step) {
    return rateFactor * schedule.rate(step, learningRate);
  }

  /** The rate of the step before; of the first one as long as all were left out. */
  private double lastRate() {
    return rate(Math.max(0, net.state().step() - 1));
  }

  private double step(Loader loader, Session session) {
    loader.take(session.view(Network.INPUT), session.view(TrainingGraph.LABELS));
    session.learningRate(rate(net.state().step()));
    session.seed(seed);
    session.lossScale(position.scale().value());
    try {
      session.run();
      if (LossScale.isUsed(net.math())) {
        position = position.with(position.scale().afterStep());
      }
    } catch (OverflowException e) {
      if (position.scale().value() <= 1) {
        throw new PortafilterException(
            "a gradient became infinite or NaN at step %d (epoch %d, learning rate %s), and no smaller loss scale helps: %s"
                .formatted(
                    net.state().step() + 1,
                    position.epoch() + 1,
                    rate(net.state().step()),
                    e.getMessage()),
            e);
      }
      position = position.with(position.scale().afterOverflow());
    } catch (NotFiniteException e) {
      throw new PortafilterException(
          "the loss became infinite or NaN at step %d (epoch %d, learning rate %s): %s"
              .formatted(
                  net.state().step() + 1,
                  position.epoch() + 1,
                  rate(net.state().step()),
                  FirstNotFinite.find(net, session, TrainingGraph.forward(net, loss), seed)),
          e);
    }
    return BatchSessions.scalar(session, TrainingGraph.LOSS);
  }

  private BatchSessions sessions(Batches train) {
    if (closed) {
      throw new PortafilterException("this trainer was closed; make a new one");
    }
    BatchSessions opened = sessions;
    if (opened == null) {
      Clipping bound = clipping == null ? (graph, gradients) -> gradients : clipping;
      opened = new BatchSessions(net, TrainingGraph.training(net, loss, optimizer, bound), budget);
      sessions = opened;
      position = position.with(LossScale.first(net.math()));
    }
    opened.open(train);
    return opened;
  }

  private void save(Path file, Batches train) {
    Checkpoint.save(file, net, setup(train), position, history);
  }

  private TrainingSetup setup(Batches train) {
    String rules = optimizer + ", " + schedule + ", learning rate " + learningRate;
    if (clipping != null) {
      rules += ", " + clipping;
    }
    if (plateau != null) {
      rules += ", " + plateau;
    }
    if (!train.augmentations().isEmpty()) {
      rules += ", " + train.augmentations();
    }
    return new TrainingSetup(
        seed,
        loss.toString(),
        rules,
        train.size(),
        train.dataset().size(),
        sessions(train).get(train, train.size(0)).plan().numericsIds());
  }

  /** The value of one metric over a data set. */
  public double evaluate(Batches batches, Metric metric) {
    return evaluate(batches, List.of(metric)).get(metric.name());
  }

  /** The mean loss, under {@code loss}, and the metrics over a data set, by name. */
  public Map<String, Double> evaluate(Batches batches, List<Metric> metrics) {
    return evaluator(metrics).run(batches);
  }

  private Evaluator evaluator(List<Metric> metrics) {
    return evaluators.computeIfAbsent(List.copyOf(metrics), m -> Evaluator.of(net, loss, m));
  }

  /** Closes all sessions; the network stays open. */
  @Override
  public void close() {
    closed = true;
    evaluators.values().forEach(Evaluator::close);
    evaluators.clear();
    if (sessions != null) {
      sessions.close();
    }
  }
}
