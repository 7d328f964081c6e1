package org.portafilter.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Node;
import org.portafilter.graph.Reach;
import org.portafilter.graph.Value;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * Runs of convolutions that a plan executes a few images at a time. A depthwise convolution does
 * little with each number it moves: it is bound by memory unless it finds what the product before
 * it wrote, and leaves what the product after it reads, in the cache. What lives and dies inside a
 * run needs memory for one slice only.
 *
 * <p>Only plans that change no state have them: training's norms look at the whole batch.
 */
final class Slices {
  /**
   * Steps {@code first} to {@code last}, done {@code count} times, for a part of the batch each.
   */
  record Run(int first, int last, long count) {}

  private final Graph graph;
  private final List<List<ValueType>> types;
  private final Preparation ahead;
  private final long near;
  private final @Nullable Run[] runs;

  /** The steps that read a value. */
  private final Map<Value, List<Integer>> readers = new HashMap<>();

  /**
   * @param ahead what is there before any step of a run
   * @param near bytes that the device keeps near from one step to the next
   */
  Slices(Graph graph, List<List<ValueType>> types, Preparation ahead, long near) {
    this.graph = graph;
    this.types = types;
    this.ahead = ahead;
    this.near = near;
    this.runs = new Run[graph.nodes().size()];
    if (graph.updates().isEmpty()) {
      readers();
      find();
    }
  }

  private void readers() {
    for (int step = 0; step < runs.length; step++) {
      for (Value value : graph.nodes().get(step).inputs()) {
        readers.computeIfAbsent(value, v -> new ArrayList<>()).add(step);
      }
    }
  }

  /** The run a step belongs to. */
  @Nullable Run of(int step) {
    return runs[step];
  }

  /** The type of a value as one slice of a run sees it. */
  ValueType part(int step, Value value) {
    ValueType whole = type(value);
    Run run = runs[step];
    return run == null || !isSliced(step, value) ? whole : slice(whole, run.count());
  }

  /** Bytes between the parts of an operand in memory; 0 where every slice uses the same. */
  long stride(int step, Value value) {
    Run run = runs[step];
    return run == null || !isSliced(step, value) || isInside(value) ? 0 : part(step, value).bytes();
  }

  /** Bytes of memory a value needs. */
  long bytes(Value value) {
    return isInside(value) ? part(value.node(), value).bytes() : type(value).bytes();
  }

  /** When the memory of a step's result must be free: its run's first step if it outlives it. */
  int written(Value value) {
    Run run = runs[value.node()];
    return run == null || isInside(value) ? value.node() : run.first();
  }

  /** Until when the memory of what a step reads must be kept. */
  int read(int step, Value value) {
    Run run = runs[step];
    return run == null || isInside(value) ? step : run.last();
  }

  private ValueType type(Value value) {
    return types.get(value.node()).get(value.output());
  }

  private static ValueType slice(ValueType whole, long count) {
    Shape shape = whole.shape();
    return new ValueType(shape.with(0, shape.dim(0) / count), whole.dtype(), whole.layout());
  }

  /** Whether an operand has the batch in it, and each image of the result reads its own of it. */
  private boolean isSliced(int step, Value value) {
    Node node = graph.nodes().get(step);
    if (operations(step) == 0) {
      return false;
    }
    boolean sliced = value.node() == step;
    for (int input = 0; input < node.inputs().size(); input++) {
      sliced |= value.equals(node.inputs().get(input)) && reach(step, input).keeps(0);
    }
    return sliced;
  }

  private Reach reach(int step, int input) {
    return graph.nodes().get(step).op().reach(0, input, inputs(step));
  }

  private double operations(int step) {
    return graph.nodes().get(step).op().operations(inputs(step), types.get(step));
  }

  private List<ValueType> inputs(int step) {
    return graph.nodes().get(step).inputs().stream().map(this::type).toList();
  }

  /** Whether nothing outside the run that makes a value reads it. */
  private boolean isInside(Value value) {
    Run run = runs[value.node()];
    if (run == null || !isSliced(value.node(), value) || graph.outputs().containsValue(value)) {
      return false;
    }
    return readers.getOrDefault(value, List.of()).stream().allMatch(step -> runs[step] == run);
  }

  private void find() {
    List<Integer> run = new ArrayList<>();
    for (int step = 0; step < runs.length; step++) {
      if (isLarge(step)) {
        run.add(step);
      } else if (!ahead.isFixed(new Value(step, 0))) {
        close(run);
      }
    }
    close(run);
  }

  /**
   * Whether a step is a sum, image by image, that moves more than stays near, over images that all
   * begin where a value may.
   */
  private boolean isLarge(int step) {
    Node node = graph.nodes().get(step);
    return operations(step) > 0
        && reach(step, 0).keeps(0)
        && moved(step) > near
        && isAligned(new Value(step, 0))
        && node.inputs().stream().allMatch(v -> !isSliced(step, v) || isAligned(v));
  }

  private boolean isAligned(Value value) {
    ValueType type = type(value);
    return type.bytes() / type.shape().dim(0) % Arena.ALIGNMENT == 0;
  }

  private long moved(int step) {
    return type(graph.nodes().get(step).inputs().get(0)).bytes() + type(new Value(step, 0)).bytes();
  }

  private boolean isDepthwise(int step) {
    return reach(step, 0).carries(1);
  }

  /** Makes a run of these steps when it is worth one, and forgets them. */
  private void close(List<Integer> steps) {
    if (steps.size() > 1 && steps.stream().anyMatch(this::isDepthwise)) {
      int first = steps.get(0);
      int last = steps.get(steps.size() - 1);
      long count = count(steps);
      if (count > 1) {
        Arrays.fill(runs, first, last + 1, new Run(first, last, count));
      }
    }
    steps.clear();
  }

  /** The fewest equal slices of which each stays near; single images where none does. */
  private long count(List<Integer> steps) {
    long batch = type(new Value(steps.get(0), 0)).shape().dim(0);
    long most = steps.stream().mapToLong(this::moved).max().orElseThrow();
    return LongStream.rangeClosed(1, batch)
        .filter(count -> batch % count == 0 && most / count <= near)
        .findFirst()
        .orElse(batch);
  }
}
