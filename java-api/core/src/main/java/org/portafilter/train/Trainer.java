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
import org.portafilter.shape.DType;
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
  private Rates rates;
  private double rateFactor = 1;
  private Position position = Position.START;
  private @Nullable Fingerprint fingerprint;
  private final BestState best;
  private boolean resumed;
  private boolean closed;

  private Trainer(Network net, Loss loss, Optimizer optimizer) {
    this.net = net;
    this.loss = loss;
    this.optimizer = optimizer;
    this.best = new BestState(net);
    this.rates = new Rates(optimizer.learningRate(), Constant.of(), null);
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
    rates = rates.withBase(rate);
    return this;
  }

  /** Sets how the learning rate moves from step to step; constant unless set. */
  public Trainer schedule(Schedule schedule) {
    rates = rates.withSchedule(schedule);
    return this;
  }

  /** Lowers the rate when a number of the history stalls, on top of the schedule. */
  public Trainer plateau(ReduceOnPlateau plateau) {
    rates = rates.withPlateau(plateau);
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

  /** One row per epoch so far, resumed ones included, and notes such as that of other bits. */
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
   * Continues from the folder's latest checkpoint, if there is one. Where other bits come from here
   * on than in the run that wrote it (another instruction set, build, device or choice of kernels),
   * it warns, goes on, and notes what differs in the history.
   *
   * @param train the batches {@link #fit} will be called with
   * @return whether there was one
   * @throws PortafilterException when the checkpoint is damaged or belongs to another training, or
   *     when a part of this one, such as a lambda, has no name to compare
   */
  public boolean resume(Path folder, Batches train) {
    return resume(folder, train, Resume.of());
  }

  /**
   * Continues from the folder's latest checkpoint, if there is one.
   *
   * @param train the batches {@link #fit} will be called with
   * @param how what may differ from the run that wrote it
   * @return whether there was one
   * @throws PortafilterException as above, or when more differs than may
   */
  public boolean resume(Path folder, Batches train, Resume how) {
    Path file = Checkpoints.in(folder).latest();
    if (!Files.exists(file)) {
      return false;
    }
    position = Checkpoint.restore(file, net, setup(train).requireNames(), history, how);
    resumed = true;
    return true;
  }

  /**
   * Trains until {@code epochs} epochs are done in all, resumed ones included, or until a callback
   * ends it. The last batch of an epoch may be smaller. A resumed run that was finished, or that an
   * {@link EarlyStopping} had stopped, trains no more.
   *
   * @param epochs at least 1, and more than are done
   * @throws PortafilterException before the first step when there is nothing to do, data and
   *     network do not fit, a watched number will not be in the history, or checkpoints would hold
   *     a part without a name; later when the loss or a gradient is infinite or NaN, naming the
   *     first layer that was, with the state as it was before that step
   */
  public void fit(Batches train, int epochs) {
    Watching watching = new Watching(callbacks, checkpoints, rates.plateau());
    watching.requireNames(validation);
    boolean stopped = watching.isDone(position, epochs, resumed, history);
    BatchSessions opened = sessions(train);
    if (validation != null) {
      evaluator(validation.metrics()).open(validation.batches());
    }
    if (checkpoints != null) {
      setup(train).requireNames();
      checkpoints.prepare();
    }
    best.follow(watching.restoring(), checkpoints);
    if (position.batch() == 0) {
      best.keep(history, file -> save(file, train));
    }
    try (Loader loader = new Loader(train)) {
      while (position.epoch() < epochs && !stopped) {
        stopped = epoch(train, epochs, opened, loader);
      }
    }
    best.restore(history);
  }

  /** Runs the rest of an epoch, and says whether a callback wants no more. */
  private boolean epoch(Batches train, int epochs, BatchSessions opened, Loader loader) {
    long start = System.nanoTime();
    int epoch = position.epoch();
    long images = position.images();
    rateFactor = rates.factor(history);
    int[] order =
        new Philox(seed, Philox.streamOf("shuffle/" + epoch)).permutation(train.dataset().size());
    loader.start(order, position.batch(), seed, epoch);
    for (int size = loader.nextSize(); size > 0; size = loader.nextSize()) {
      Session session = opened.get(train, size);
      opened.take(loader, train, session);
      double stepLoss = step(session);
      position = position.afterBatch(stepLoss, size, BatchSessions.weight(session, size));
      report(train, epochs, stepLoss);
      if (checkpoints != null
          && checkpoints.everySteps() > 0
          && position.batch() % checkpoints.everySteps() == 0) {
        save(checkpoints.latest(), train);
      }
    }
    double seconds = (System.nanoTime() - start) * 1e-9;
    double speed = (position.images() - images) / seconds;
    Map<String, Double> row = History.row(epoch + 1, position.loss(), lastRate(), seconds, speed);
    validate(row);
    history.add(row);
    position = position.afterEpoch();
    resumed = false;
    best.keep(history, file -> save(file, train));
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
    Step step = Step.of(position, epochs, train.count(), stepLoss, lastRate());
    callbacks.forEach(callback -> callback.step(step));
  }

  private void validate(Map<String, Double> row) {
    if (validation != null) {
      evaluate(validation.batches(), validation.metrics())
          .forEach((name, value) -> row.put(Validation.nameOf(name), value));
    }
  }

  private double rate(long step) {
    return rateFactor * rates.at(step);
  }

  /** The rate of the step before; of the first one as long as all were left out. */
  private double lastRate() {
    return rate(Math.max(0, net.state().step() - 1));
  }

  private double step(Session session) {
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
            "a gradient became infinite or NaN at step %s (epoch %s, learning rate %s), and no smaller loss scale helps: %s"
                .formatted(
                    net.state().step() + 1,
                    position.epoch() + 1,
                    rate(net.state().step()),
                    e.getMessage()),
            e);
      }
      position = position.with(position.scale().afterOverflow());
    } catch (NotFiniteException e) {
      FirstNotFinite first = FirstNotFinite.of(net, loss, e);
      throw new PortafilterException(
          "%s became infinite or NaN at step %s (epoch %s, learning rate %s): %s"
              .formatted(
                  first.what(),
                  net.state().step() + 1,
                  position.epoch() + 1,
                  rate(net.state().step()),
                  first.find(session, seed)),
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
      Clipping bound = clipping == null ? TrainingGraph.UNCLIPPED : clipping;
      opened = new BatchSessions(net, TrainingGraph.training(net, loss, optimizer, bound), budget);
      sessions = opened;
      position = position.with(LossScale.first(net.math()));
    }
    opened.open(train);
    net.preferredInput(train.dataset().dtype() == DType.UINT8 ? DType.UINT8 : net.working());
    return opened;
  }

  private void save(Path file, Batches train) {
    Checkpoint.save(file, net, setup(train), position, history);
  }

  private TrainingSetup setup(Batches train) {
    BatchSessions opened = sessions(train);
    Map<String, String> numerics =
        TrainingSetup.numerics(
            opened.get(train, train.size(0)).plan(),
            opened.get(train, train.size(train.count() - 1)).plan());
    if (fingerprint == null) {
      fingerprint = Fingerprint.of(opened.graph());
    }
    return new TrainingSetup(seed, loss, optimizer, clipping, rates, train, fingerprint, numerics);
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
    best.close();
    if (sessions != null) {
      sessions.close();
    }
  }
}
