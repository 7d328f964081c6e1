package org.portafilter.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.portafilter.device.Device;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.MemoryException;
import org.portafilter.device.Tuning;
import org.portafilter.graph.Graph;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.Node;
import org.portafilter.graph.Rewrites;
import org.portafilter.graph.StepScalar;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;

/**
 * Turns a graph into a plan: rewrites it, infers all types, settles layouts, chooses a kernel per
 * node, and places every value.
 */
final class Planner {
  private final Device device;
  private final Spec spec;
  private final Graph graph;
  private final List<List<ValueType>> types;
  private final Preparation ahead;
  private final Slices slices;
  private final List<@Nullable Kernel> kernels = new ArrayList<>();
  private final @Nullable Tuner tuner;

  private Planner(Graph source, Device device, Spec spec) {
    this.device = device;
    this.spec = spec;
    Graph needed = Rewrites.withoutUnused(source);
    Graph fused = spec.fuse() ? Rewrites.fuse(needed) : needed;
    Layouts.Arranged arranged =
        Layouts.arrange(fused, fused.infer(spec.leaves(), spec.working()), device, spec);
    this.graph = arranged.graph();
    this.types = arranged.types();
    this.ahead = new Preparation(graph, kernels);
    this.slices = new Slices(graph, types, ahead, device.cacheBytes());
    this.tuner =
        spec.tuning() == Tuning.MEASURED ? new Tuner(device, graph.updates().isEmpty()) : null;
  }

  static Plan plan(Graph source, Device device, Spec spec) {
    return new Planner(source, device, spec).plan();
  }

  private Plan plan() {
    for (int step = 0; step < graph.nodes().size(); step++) {
      kernels.add(kernel(step));
    }
    Regions regions = new Regions(graph, types, kernels, ahead, slices, !spec.privateRegions());
    List<@Nullable Region> workspaces = new ArrayList<>();
    List<@Nullable Region> prepared = new ArrayList<>();
    for (int step = 0; step < kernels.size(); step++) {
      Kernel kernel = kernels.get(step);
      prepared.add(
          kernel != null && ahead.prepares(step)
              ? regions.prepared(step, kernel.preparedBytes())
              : null);
      boolean needed = kernel != null && kernel.workspaceBytes() > 0;
      workspaces.add(needed ? regions.workspace(step, kernel.workspaceBytes()) : null);
    }
    long start = Arena.align(StepScalar.values().length * 8L);
    long arena =
        spec.privateRegions()
            ? Arena.spread(regions.all(), start)
            : Arena.pack(regions.all(), start);
    Plan plan =
        new Plan(
            graph,
            device,
            spec,
            types,
            steps(regions, workspaces, prepared),
            regions,
            commits(regions),
            arena);
    if (arena > spec.budget()) {
      throw new MemoryException(
          String.format(
              Locale.ROOT,
              "the plan needs %,d bytes, the budget is %,d; the largest values are:%n%s",
              arena,
              spec.budget(),
              plan.memory().largest(5)),
          spec.budget());
    }
    return plan;
  }

  private @Nullable Kernel kernel(int step) {
    Node node = graph.nodes().get(step);
    boolean leaf = node.inputs().isEmpty();
    return leaf || node.op().isAlias() ? null : candidate(request(step));
  }

  private KernelRequest request(int step) {
    Node node = graph.nodes().get(step);
    List<ValueType> inputs = node.inputs().stream().map(input -> slices.part(step, input)).toList();
    List<ValueType> outputs = new ArrayList<>();
    for (int output = 0; output < types.get(step).size(); output++) {
      outputs.add(slices.part(step, new Value(step, output)));
    }
    return new KernelRequest(node.path(), node.op(), inputs, outputs, spec.math());
  }

  private Kernel candidate(KernelRequest request) {
    List<Kernel> candidates = device.candidates(request);
    if (candidates.isEmpty()) {
      throw new PortafilterException(
          "%s: device %s has no kernel for %s over %s with math %s; choose another math mode or device"
              .formatted(
                  request.path(),
                  device.name(),
                  request.op().describe(),
                  request.inputs(),
                  request.math()));
    }
    return tuner == null ? candidates.get(0) : tuner.fastest(request, candidates);
  }

  private List<Plan.Step> steps(
      Regions regions, List<@Nullable Region> workspaces, List<@Nullable Region> prepared) {
    List<Plan.Step> steps = new ArrayList<>();
    for (int step = 0; step < kernels.size(); step++) {
      Kernel kernel = kernels.get(step);
      if (kernel == null) {
        continue;
      }
      Node node = graph.nodes().get(step);
      List<Plan.Operand> inputs = new ArrayList<>();
      for (int i = 0; i < node.inputs().size(); i++) {
        Value input = node.inputs().get(i);
        Region region = node.op().readsShapeOnly(i) ? null : regions.of(input);
        inputs.add(new Plan.Operand(region, slices.stride(step, input)));
      }
      List<Plan.Operand> outputs = new ArrayList<>();
      for (int i = 0; i < types.get(step).size(); i++) {
        Value output = new Value(step, i);
        outputs.add(new Plan.Operand(regions.of(output), slices.stride(step, output)));
      }
      steps.add(
          new Plan.Step(
              node.path(),
              kernel,
              inputs,
              outputs,
              workspaces.get(step),
              prepared.get(step),
              ahead.isAhead(step),
              slices.of(step)));
    }
    return steps;
  }

  /** Copies into the state for the updates that could not be made in place. */
  private List<Plan.Step> commits(Regions regions) {
    List<Plan.Step> commits = new ArrayList<>();
    for (Graph.Update update : graph.updates()) {
      Region source = regions.of(update.value());
      if (source != null && !update.path().equals(source.state)) {
        ValueType type = types.get(update.value().node()).get(update.value().output());
        String path = update.path() + " (commit)";
        KernelRequest copy =
            new KernelRequest(
                path, new MoveOp.Concat(0), List.of(type), List.of(type), spec.math());
        var from = new Plan.Operand(source, 0);
        var to = new Plan.Operand(Region.state(update.path(), type.bytes()), 0);
        commits.add(
            new Plan.Step(
                path, candidate(copy), List.of(from), List.of(to), null, null, false, null));
      }
    }
    return commits;
  }
}
