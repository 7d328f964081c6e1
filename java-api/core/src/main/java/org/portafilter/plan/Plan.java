package org.portafilter.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.portafilter.device.Device;
import org.portafilter.device.Kernel;
import org.portafilter.graph.Graph;
import org.portafilter.graph.LeafOp;
import org.portafilter.graph.Node;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;

/**
 * A graph made concrete for one device and one set of sizes: the kernel of every node and the place
 * of every byte. It is immutable and owns no memory; a {@link Session} does.
 */
public final class Plan {
  /**
   * One kernel with the memory of its values; {@code ahead} where it runs when the state has
   * changed, {@code run} where it is done in slices.
   */
  record Step(
      String path,
      Kernel kernel,
      List<Operand> inputs,
      List<Operand> outputs,
      @Nullable Region workspace,
      @Nullable Region prepared,
      boolean ahead,
      Slices.@Nullable Run run) {}

  /** Where a value is, null where it is not needed, and how far apart the parts of slices are. */
  record Operand(@Nullable Region region, long stride) {}

  private final Graph graph;
  private final Device device;
  private final Spec spec;
  private final List<List<ValueType>> types;
  private final List<Step> steps;
  private final Regions regions;
  private final List<Step> commits;
  private final long arenaBytes;

  Plan(
      Graph graph,
      Device device,
      Spec spec,
      List<List<ValueType>> types,
      List<Step> steps,
      Regions regions,
      List<Step> commits,
      long arenaBytes) {
    this.graph = graph;
    this.device = device;
    this.spec = spec;
    this.types = types;
    this.steps = steps;
    this.regions = regions;
    this.commits = commits;
    this.arenaBytes = arenaBytes;
  }

  /**
   * Plans a graph.
   *
   * @throws PortafilterException when shapes do not fit, the device lacks a kernel, or the budget
   *     is too small
   */
  public static Plan compile(Graph graph, Device device, Spec spec) {
    return Planner.plan(graph, device, spec);
  }

  /** The graph as rewritten for this plan. */
  public Graph graph() {
    return graph;
  }

  /** The device it runs on. */
  public Device device() {
    return device;
  }

  /** What it was made for. */
  public Spec spec() {
    return spec;
  }

  /** Exact bytes of the arena: everything a run touches besides the state. */
  public long arenaBytes() {
    return arenaBytes;
  }

  /** Where every byte of the arena goes. */
  public MemoryReport memory() {
    List<MemoryReport.Entry> entries = new ArrayList<>();
    for (Region region : regions.all()) {
      entries.add(
          new MemoryReport.Entry(
              region.path, region.bytes, region.offset, region.first, region.last));
    }
    return new MemoryReport(arenaBytes, entries);
  }

  /** The type of a named output or an input. */
  public ValueType type(String name) {
    Value value = find(name);
    return types.get(value.node()).get(value.output());
  }

  /** Whether this names an input and not an output. */
  boolean isInput(String name) {
    return !graph.outputs().containsKey(name) && graph.node(find(name)).isInput();
  }

  /** Where the graph's constants lie, of those that somebody reads. */
  Map<Region, LeafOp.Constant> constants() {
    Map<Region, LeafOp.Constant> constants = new LinkedHashMap<>();
    graph
        .constants()
        .forEach(
            (value, op) -> {
              Region region = regions.of(value);
              if (region != null) {
                constants.put(region, op);
              }
            });
    return constants;
  }

  /** What decides the bits of every step, by path, in order of execution. */
  public Map<String, String> numericsIds() {
    Map<String, String> ids = new LinkedHashMap<>();
    steps.forEach(step -> ids.put(step.path(), step.kernel().numericsId()));
    return ids;
  }

  /** What every step cannot avoid, by path, in order of execution. */
  public Map<String, Work> work() {
    Map<String, Work> work = new LinkedHashMap<>();
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      if (!node.inputs().isEmpty() && !node.op().isAlias()) {
        List<ValueType> inputs = new ArrayList<>();
        node.inputs().forEach(v -> inputs.add(types.get(v.node()).get(v.output())));
        List<ValueType> written = new ArrayList<>();
        for (int output = 0; output < types.get(i).size(); output++) {
          if (regions.of(new Value(i, output)) != null) {
            written.add(types.get(i).get(output));
          }
        }
        work.put(node.path(), Work.of(node.op(), inputs, types.get(i), written));
      }
    }
    return work;
  }

  /** Whether a run changes the state. */
  public boolean isTraining() {
    return !graph.updates().isEmpty();
  }

  List<Step> steps() {
    return steps;
  }

  ValueType type(Value value) {
    return types.get(value.node()).get(value.output());
  }

  List<Step> commits() {
    return commits;
  }

  List<Region> regions() {
    return regions.all();
  }

  Region region(String name) {
    Region region = regions.of(find(name));
    if (region == null) {
      throw new PortafilterException("value '" + name + "' has no memory in this plan");
    }
    return region;
  }

  private Value find(String name) {
    Value named = graph.outputs().get(name);
    if (named != null) {
      return named;
    }
    Value fed = graph.inputs().get(name);
    if (fed != null) {
      return fed;
    }
    throw new PortafilterException(
        "no input or named value '" + name + "'; the outputs are " + graph.outputs().keySet());
  }
}
