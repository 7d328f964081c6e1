package org.portafilter.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Graph to graph: what inference changes, what can be fused, what nobody needs. Names and updates
 * are kept.
 */
public final class Rewrites {
  private Rewrites() {}

  /**
   * Some batch norms use their running statistics and update them no more; gradients go through
   * them as through any fixed factor and offset per channel.
   *
   * @param frozen which {@link NormOp.Training}s
   */
  public static Graph withFrozenNorms(Graph graph, Predicate<Node> frozen) {
    Copy copy = new Copy(graph);
    Set<Integer> norms = new HashSet<>();
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      if (node.op() instanceof NormOp.Training norm && frozen.test(node)) {
        norms.add(i);
        copy.keep(i, norm.atInference(), node.inputs());
      } else {
        copy.keep(i, node.op(), node.inputs());
      }
    }
    return norms.isEmpty() ? graph : copy.build(u -> !norms.contains(u.value().node()));
  }

  /** Dropout disappears and batch norm uses its running statistics. */
  public static Graph forInference(Graph graph) {
    Copy copy = new Copy(graph);
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      Op op = node.op().atInference();
      if (op == null) {
        copy.replace(new Value(i, 0), copy.of(node.inputs().get(0)));
      } else {
        copy.keep(i, op, node.inputs());
      }
    }
    return withoutUnused(copy.build());
  }

  /** Every fusion a device may rely on, in this order. */
  public static Graph fuse(Graph graph) {
    return Fusions.folded(Fusions.norms(Fusions.activations(Fusions.residuals(graph))));
  }

  /** Drops every node that no named value and no update depends on. */
  public static Graph withoutUnused(Graph graph) {
    Set<Integer> live = new HashSet<>();
    graph.outputs().values().forEach(v -> live.add(v.node()));
    graph.updates().forEach(u -> live.add(u.value().node()));
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      if (live.contains(i)) {
        graph.nodes().get(i).inputs().forEach(v -> live.add(v.node()));
      }
    }
    Copy copy = new Copy(graph);
    for (int i = 0; i < graph.nodes().size(); i++) {
      if (live.contains(i)) {
        copy.keep(i, graph.nodes().get(i).op(), graph.nodes().get(i).inputs());
      }
    }
    return copy.build();
  }

  /** A graph being copied, with the new value of each old one. */
  static final class Copy {
    private final Graph from;
    private final Graph.Builder to = new Graph.Builder();
    private final Map<Value, Value> values = new HashMap<>();

    Copy(Graph from) {
      this.from = from;
    }

    Value of(Value old) {
      Value copied = values.get(old);
      if (copied != null) {
        return copied;
      }
      Value first = values.get(new Value(old.node(), 0));
      return new Value(first.node(), old.output());
    }

    void replace(Value old, Value with) {
      values.put(old, with);
    }

    void keep(int node, Op op, List<Value> inputs) {
      List<Value> copied = new ArrayList<>();
      inputs.forEach(v -> copied.add(of(v)));
      values.put(new Value(node, 0), to.add(from.nodes().get(node).path(), op, copied));
    }

    /** One convolution in place of a convolution and the batch norm after it. */
    void fold(int convolution, int norm) {
      Node source = from.nodes().get(convolution);
      Node node = from.nodes().get(norm);
      ConvOp.Forward conv = (ConvOp.Forward) source.op();
      NormOp.Inference op = (NormOp.Inference) node.op();
      List<Value> folded = new ArrayList<>();
      folded.add(of(source.inputs().get(1)));
      node.inputs().subList(1, 5).forEach(v -> folded.add(of(v)));
      if (conv.bias()) {
        folded.add(of(source.inputs().get(2)));
      }
      String path = node.path() + " (folded)";
      Value weights = to.add(path, new ConvOp.FoldNorm(op.epsilon(), conv.bias()), folded);
      List<Value> inputs = new ArrayList<>();
      inputs.add(of(source.inputs().get(0)));
      inputs.add(weights);
      inputs.add(new Value(weights.node(), 1));
      node.inputs().stream().skip(5).forEach(v -> inputs.add(of(v)));
      ConvOp.Forward both =
          new ConvOp.Forward(conv.window(), conv.groups(), true, op.activation(), op.residual());
      values.put(new Value(norm, 0), to.add(source.path(), both, inputs));
    }

    Graph build() {
      return build(update -> true);
    }

    Graph build(Predicate<Graph.Update> kept) {
      from.outputs().forEach((name, v) -> to.name(name, of(v)));
      from.updates().stream()
          .filter(kept)
          .forEach(update -> to.update(update.path(), of(update.value())));
      return to.build();
    }
  }
}
