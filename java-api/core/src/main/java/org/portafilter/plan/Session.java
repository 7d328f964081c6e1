package org.portafilter.plan;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.portafilter.device.Addresses;
import org.portafilter.device.Buffer;
import org.portafilter.device.HostView;
import org.portafilter.device.Program;
import org.portafilter.graph.LeafOp;
import org.portafilter.graph.StepScalar;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;

/**
 * A plan bound to a state and an arena. Addresses are fixed when it opens; a run allocates nothing.
 *
 * <p>A session serves one thread at a time and refuses a second one; sessions over one state may
 * run inference side by side.
 */
public final class Session implements AutoCloseable {
  private static final byte GUARD_BYTE = (byte) 0xA5;

  private final Plan plan;
  private final State state;
  private final Buffer arena;
  private final boolean ownsArena;
  private final boolean sharesArena;
  private final Program program;
  private final Program preparation;
  private final boolean prepares;
  private long preparedVersion = -1;
  private final Map<String, ByteBuffer> views = new HashMap<>();
  private final Map<ByteBuffer, LeafOp.Constant> constants = new IdentityHashMap<>();
  private final HostView scalarView;
  private final ByteBuffer scalars;
  private final AtomicReference<@Nullable Thread> running = new AtomicReference<>();
  private final boolean lossScaleIsDouble;
  private long seed;
  private double learningRate;
  private double lossScale = 1;
  private volatile boolean closed;

  private Session(Plan plan, State state, Buffer arena, boolean ownsArena, boolean sharesArena) {
    this.plan = plan;
    this.state = state;
    this.arena = arena;
    this.ownsArena = ownsArena;
    this.sharesArena = sharesArena;
    this.scalarView = arena.view(0, StepScalar.values().length * 8L);
    this.scalars = scalarView.bytes();
    this.lossScaleIsDouble = plan.spec().working() == DType.FLOAT64;
    this.program = plan.device().program();
    this.preparation = plan.device().program();
    this.prepares = plan.steps().stream().anyMatch(step -> step.prepared() != null || step.ahead());
    program.upload(scalarView);
    if (plan.spec().privateRegions()) {
      poison();
    }
    plan.constants().forEach(this::placeConstant);
    writeConstants();
    try {
      emit(plan.steps());
      emit(plan.commits());
    } catch (RuntimeException e) {
      program.close();
      preparation.close();
      throw e;
    }
  }

  /** Opens a session with an arena of its own. */
  public static Session open(Plan plan, State state) {
    return openShared(List.of(plan), state).get(0);
  }

  /**
   * Opens sessions that take turns in one arena, sized by the largest: what one leaves there the
   * next may overwrite. The first owns the arena: close them together.
   */
  public static List<Session> openShared(List<Plan> plans, State state) {
    long bytes = plans.stream().mapToLong(Plan::arenaBytes).max().orElse(0);
    Buffer arena = plans.get(0).device().allocate(bytes);
    List<Session> sessions = new ArrayList<>();
    try {
      for (Plan plan : plans) {
        sessions.add(new Session(plan, state, arena, sessions.isEmpty(), plans.size() > 1));
      }
    } catch (RuntimeException e) {
      sessions.forEach(Session::close);
      arena.close();
      throw e;
    }
    return sessions;
  }

  /** Appends the steps in order, those of a run once for every slice. */
  private void emit(List<Plan.Step> steps) {
    int next = 0;
    for (int step = 0; step < steps.size(); step = next) {
      Slices.Run run = steps.get(step).run();
      next = step + 1;
      while (run != null && next < steps.size() && steps.get(next).run() == run) {
        next++;
      }
      for (int slice = 0; slice < (run == null ? 1 : run.count()); slice++) {
        for (Plan.Step one : steps.subList(step, next)) {
          emit(one, slice);
        }
      }
    }
  }

  private void emit(Plan.Step step, int slice) {
    if (step.ahead() && slice > 0) {
      return;
    }
    long[] inputs = addresses(step.inputs(), slice);
    long[] outputs = addresses(step.outputs(), slice);
    Region workspace = step.workspace();
    Region prepared = step.prepared();
    Addresses at =
        new Addresses(
            inputs,
            outputs,
            workspace == null ? 0 : address(workspace),
            prepared == null ? 0 : address(prepared));
    if (prepared != null && slice == 0) {
      step.kernel().prepare(preparation, at);
    }
    step.kernel().emit(step.ahead() ? preparation : program, at);
  }

  private void placeConstant(Region region, LeafOp.Constant constant) {
    HostView view = host(region, region.bytes);
    program.upload(view);
    constants.put(view.bytes(), constant);
  }

  private void writeConstants() {
    DType working = plan.spec().working();
    constants.forEach(
        (to, constant) -> {
          for (int i = 0; i < constant.values().size(); i++) {
            working.put(to, i, constant.values().get(i));
          }
        });
  }

  /** Brings what was prepared up to date with the state; what shares an arena never stays so. */
  private void prepare() {
    if (prepares && (sharesArena || preparedVersion != state.version())) {
      preparedVersion = state.version();
      preparation.run();
    }
  }

  private long[] addresses(List<Plan.Operand> operands, int slice) {
    long[] addresses = new long[operands.size()];
    for (int i = 0; i < addresses.length; i++) {
      Region region = operands.get(i).region();
      addresses[i] = region == null ? 0 : address(region) + slice * operands.get(i).stride();
    }
    return addresses;
  }

  private long address(Region region) {
    return region.state != null
        ? state.get(region.state).address()
        : arena.address() + region.offset;
  }

  /** The plan. */
  public Plan plan() {
    return plan;
  }

  /** The state it works on. */
  public State state() {
    return state;
  }

  /**
   * The bytes of an input or of a named output, row-major, in native byte order; the same view at
   * every call. Inputs keep what was written until it is overwritten; outputs are valid until the
   * next run.
   */
  public ByteBuffer view(String name) {
    requireOpen();
    ByteBuffer view = views.get(name);
    if (view == null) {
      HostView side = host(plan.region(name), plan.type(name).bytes());
      if (plan.isInput(name)) {
        program.upload(side);
      } else {
        program.download(side);
      }
      view = side.bytes();
      views.put(name, view);
    }
    return view;
  }

  private HostView host(Region region, long bytes) {
    return region.state != null ? state.get(region.state).view() : arena.view(region.offset, bytes);
  }

  /** The memory it runs in. */
  Buffer arena() {
    return arena;
  }

  /**
   * Sets the learning rate of the following runs.
   *
   * @throws PortafilterException when it is infinite or NaN, which would spoil every parameter
   */
  public void learningRate(double rate) {
    if (!Double.isFinite(rate)) {
      throw new PortafilterException(
          "a learning rate must be a finite number, got " + rate + "; look at the schedule");
    }
    learningRate = rate;
  }

  /** Sets the seed of the following runs. */
  public void seed(long value) {
    seed = value;
  }

  /** Sets the gradient of the loss in the following runs; 1 unless set. */
  public void lossScale(double scale) {
    lossScale = scale;
  }

  /**
   * Executes the plan once: reads the inputs, fills the outputs, and for a training plan commits
   * the updates and counts the step.
   *
   * @throws PortafilterException when closed, when another thread is running it, or when the state
   *     is in use
   */
  public void run() {
    if (!running.compareAndSet(null, Thread.currentThread())) {
      throw new PortafilterException(
          "this session is running on another thread; open one session per thread");
    }
    try {
      requireOpen();
      boolean training = plan.isTraining();
      state.acquire(training);
      try {
        writeScalars();
        if (sharesArena) {
          writeConstants();
        }
        prepare();
        program.run();
        if (training) {
          state.step(state.step() + 1);
        }
      } finally {
        state.release(training);
      }
    } finally {
      synchronized (running) {
        running.set(null);
        running.notifyAll();
      }
    }
  }

  private void writeScalars() {
    scalars.putDouble(8 * StepScalar.LEARNING_RATE.ordinal(), learningRate);
    scalars.putLong(8 * StepScalar.STEP.ordinal(), state.step());
    scalars.putLong(8 * StepScalar.SEED.ordinal(), seed);
    if (lossScaleIsDouble) {
      scalars.putDouble(8 * StepScalar.LOSS_SCALE.ordinal(), lossScale);
    } else {
      scalars.putFloat(8 * StepScalar.LOSS_SCALE.ordinal(), (float) lossScale);
    }
  }

  /**
   * Makes a running {@link #run()} on another thread end with an exception before its next kernel;
   * on a GPU, where a run is one launch, it ends as it would have.
   */
  public void cancel() {
    program.cancel();
  }

  /** Starts or stops timing each kernel. */
  public void time(boolean on) {
    requireOpen();
    program.time(on);
  }

  /** The time each kernel took since timing began. */
  public List<Program.CommandTime> times() {
    return program.times();
  }

  /** Fills a private-region arena with NaN patterns and its guards with a pattern of their own. */
  private void poison() {
    fill(0, arena.bytes(), GUARD_BYTE);
    for (Region region : plan.regions()) {
      fill(region.offset, region.bytes, (byte) 0xFF);
    }
  }

  private void fill(long offset, long bytes, byte value) {
    ByteBuffer part = ByteBuffer.allocate((int) Math.min(bytes, 1 << 20));
    Arrays.fill(part.array(), value);
    for (long at = 0; at < bytes; at += part.capacity()) {
      arena.write(offset + at, part.clear().limit((int) Math.min(part.capacity(), bytes - at)));
    }
  }

  /**
   * The values of a private-region plan whose surroundings were written to; empty when all is well.
   */
  public List<String> damagedGuards() {
    List<String> damaged = new ArrayList<>();
    for (Region region : plan.regions()) {
      if (!isGuard(region.offset - Arena.GUARD) || !isGuard(region.offset + region.bytes)) {
        damaged.add(region.path);
      }
    }
    return damaged;
  }

  private boolean isGuard(long offset) {
    ByteBuffer guard = ByteBuffer.allocate(Math.toIntExact(Arena.GUARD));
    arena.read(offset, guard);
    byte[] expected = new byte[guard.capacity()];
    Arrays.fill(expected, GUARD_BYTE);
    return Arrays.equals(expected, guard.array());
  }

  private void requireOpen() {
    if (closed) {
      throw new PortafilterException("this session was closed; open a new one");
    }
  }

  /** Waits for a running step, then frees the program and the arena; a second call does nothing. */
  @Override
  public void close() {
    synchronized (running) {
      while (running.get() != null) {
        try {
          running.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new PortafilterException("interrupted while waiting for a running step to end", e);
        }
      }
      if (closed) {
        return;
      }
      closed = true;
    }
    program.close();
    preparation.close();
    if (ownsArena) {
      arena.close();
    }
  }
}
