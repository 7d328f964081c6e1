package org.portafilter.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.portafilter.device.Kernel;
import org.portafilter.graph.Graph;
import org.portafilter.graph.LeafOp;
import org.portafilter.graph.Node;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;

/**
 * Decides which region every value lives in: aliases share, elementwise results overwrite what
 * nobody reads any more, and updates overwrite the state entry they replace where its old value has
 * been read for the last time.
 */
final class Regions {
  private final Graph graph;
  private final List<List<ValueType>> types;
  private final List<@Nullable Kernel> kernels;
  private final Preparation ahead;
  private final Slices slices;
  private final boolean share;
  private final Map<Value, Region> regions = new HashMap<>();
  private final Map<Value, Integer> lastReads = new HashMap<>();
  private final Map<String, Integer> lastStateReads = new HashMap<>();
  private final Map<Value, String> updates = new HashMap<>();
  private final List<Region> all = new ArrayList<>();
  private final int lastCheck;
  private final Map<String, Region> states = new HashMap<>();

  Regions(
      Graph graph,
      List<List<ValueType>> types,
      List<@Nullable Kernel> kernels,
      Preparation ahead,
      Slices slices,
      boolean share) {
    this.graph = graph;
    this.types = types;
    this.kernels = kernels;
    this.ahead = ahead;
    this.slices = slices;
    this.share = share;
    this.lastCheck = lastCheck(graph);
    countReads();
    for (int step = 0; step < graph.nodes().size(); step++) {
      place(step);
    }
    keepOutputs();
  }

  /** The region of a value; null when nobody reads it and its op may omit it. */
  @Nullable Region of(Value value) {
    return regions.get(value);
  }

  /** All regions of the arena. */
  List<Region> all() {
    return all;
  }

  /** A region for one step's workspace. */
  Region workspace(int step, long bytes) {
    Region region =
        Region.arena(graph.nodes().get(step).path() + " (workspace)", bytes, ahead.time(step));
    all.add(region);
    return region;
  }

  /** A region for what one step prepares once and reads at every run. */
  Region prepared(int step, long bytes) {
    Region region = fresh(graph.nodes().get(step).path() + " (prepared)", bytes, ahead.ahead(step));
    region.readAt(end());
    return region;
  }

  /** The last step that may end a run because of a value; the state must be whole until then. */
  private static int lastCheck(Graph graph) {
    int last = -1;
    for (int step = 0; step < graph.nodes().size(); step++) {
      if (graph.nodes().get(step).op().mayEndRun()) {
        last = step;
      }
    }
    return last;
  }

  private int end() {
    return graph.nodes().size();
  }

  /** The value whose memory this value is: itself, or what it is an alias of. */
  private Value root(Value value) {
    Node node = graph.node(value);
    return node.op().isAlias() ? root(node.inputs().get(0)) : value;
  }

  private void countReads() {
    for (int step = 0; step < graph.nodes().size(); step++) {
      Node node = graph.nodes().get(step);
      for (int i = 0; i < node.inputs().size(); i++) {
        if (!node.op().readsShapeOnly(i) && !node.op().isAlias()) {
          Value input = node.inputs().get(i);
          int time = ahead.time(step, i);
          read(input, time == step ? slices.read(step, input) : time);
        }
      }
    }
    graph.outputs().values().forEach(v -> read(v, end()));
    for (Graph.Update update : graph.updates()) {
      if (updates.put(root(update.value()), update.path()) != null || !seen(update.path())) {
        throw new PortafilterException(
            "two updates share the state entry or the value of " + update.path());
      }
    }
  }

  private final Set<String> updated = new HashSet<>();

  private boolean seen(String path) {
    return updated.add(path);
  }

  /** What is computed ahead of the runs lives as long as they go on. */
  private void read(Value value, int time) {
    Value root = root(value);
    int step = time >= 0 && ahead.isAhead(root.node()) ? end() : time;
    lastReads.merge(root, step, Math::max);
    if (graph.node(root).isState()) {
      lastStateReads.merge(graph.node(root).path(), step, Math::max);
    }
  }

  private void place(int step) {
    Node node = graph.nodes().get(step);
    if (node.op().isAlias()) {
      Region source = regions.get(node.inputs().get(0));
      regions.put(new Value(step, 0), source);
      return;
    }
    for (int output = 0; output < types.get(step).size(); output++) {
      Value value = new Value(step, output);
      Integer last = lastReads.get(value);
      boolean needed = last != null || updates.containsKey(value);
      if (!needed && node.op().mayOmit(output)) {
        continue;
      }
      Region region = choose(step, node, output, value);
      if (last != null) {
        region.readAt(last);
      }
      regions.put(value, region);
    }
  }

  private Region choose(int step, Node node, int output, Value value) {
    long bytes = slices.bytes(value);
    if (node.isState()) {
      return states.computeIfAbsent(node.path(), path -> Region.state(path, bytes));
    }
    if (node.op() instanceof LeafOp.Scalar op) {
      return Region.scalar(node.path(), op.scalar().ordinal());
    }
    String path = node.path() + (output == 0 ? "" : ":" + output);
    if (node.isInput() || node.op() instanceof LeafOp.Constant) {
      Region region = fresh(path, bytes, ahead.start());
      region.readAt(end());
      return region;
    }
    Region taken = overwritten(step, node, output, value, bytes);
    int first = ahead.isAhead(step) ? ahead.time(step) : slices.written(value);
    return taken != null ? taken : fresh(path, bytes, first);
  }

  private Region fresh(String path, long bytes, int first) {
    Region region = Region.arena(path, bytes, first);
    all.add(region);
    return region;
  }

  /** A region of an input that this output may take over. */
  private @Nullable Region overwritten(int step, Node node, int output, Value value, long bytes) {
    Kernel kernel = kernels.get(step);
    String state = updates.get(value);
    boolean looks = kernel != null && !ahead.isAhead(step);
    for (int i = 0; looks && i < node.inputs().size(); i++) {
      Region candidate = regions.get(node.inputs().get(i));
      if (candidate == null
          || node.op().readsShapeOnly(i)
          || !allows(kernel, node, output, candidate)) {
        continue;
      }
      if (state != null && state.equals(candidate.state)) {
        if (step > lastCheck && lastStateReads.getOrDefault(state, -1) <= step) {
          return candidate;
        }
      } else if (state == null
          && share
          && candidate.kind == Region.Kind.ARENA
          && candidate.bytes == bytes
          && candidate.last <= step
          && candidate.first >= 0) {
        if (isFree(candidate, step, output)) {
          return candidate;
        }
      }
    }
    return null;
  }

  /** Whether none of the step's outputs before this one has taken the region. */
  private boolean isFree(Region region, int step, int output) {
    return IntStream.range(0, output).noneMatch(o -> regions.get(new Value(step, o)) == region);
  }

  /** Whether the kernel allows this output to overwrite every input that lies in the region. */
  private boolean allows(Kernel kernel, Node node, int output, Region region) {
    for (int i = 0; i < node.inputs().size(); i++) {
      boolean same = !node.op().readsShapeOnly(i) && regions.get(node.inputs().get(i)) == region;
      if (same && !kernel.mayOverwrite(output, i)) {
        return false;
      }
    }
    return true;
  }

  private void keepOutputs() {
    for (Graph.Update update : graph.updates()) {
      Region region = regions.get(update.value());
      if (region != null && !update.path().equals(region.state)) {
        region.readAt(end());
      }
    }
  }
}
