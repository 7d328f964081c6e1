package org.portafilter.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Pairs of ops that become one: each saves passes over a large value. */
final class Fusions {
  private final Graph graph;
  private final Map<Value, Integer> uses = new HashMap<>();
  private final int[] firstUse;

  private Fusions(Graph graph) {
    this.graph = graph;
    this.firstUse = new int[graph.nodes().size()];
    Arrays.fill(firstUse, graph.nodes().size());
    for (int i = 0; i < graph.nodes().size(); i++) {
      for (Value v : graph.nodes().get(i).inputs()) {
        uses.merge(v, 1, Integer::sum);
        firstUse[v.node()] = Math.min(firstUse[v.node()], i);
      }
    }
    graph.outputs().values().forEach(v -> uses.merge(v, 1, Integer::sum));
    graph.updates().forEach(u -> uses.merge(u.value(), 1, Integer::sum));
  }

  /** A sum one term of which is a batch norm that nobody else reads: the norm adds the other. */
  static Graph residuals(Graph graph) {
    Fusions all = new Fusions(graph);
    Map<Integer, Integer> normOf = new HashMap<>();
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      for (int term = 0;
          term < 2 && node.op() instanceof PointwiseOp.Add && !normOf.containsKey(i);
          term++) {
        Value norm = node.inputs().get(term);
        boolean alone = all.isAlone(norm) && all.firstUse[norm.node()] == i;
        boolean taken = normOf.containsValue(norm.node());
        if (alone && !taken && graph.node(norm).op().taking(Epilogue.RESIDUAL) != null) {
          normOf.put(i, norm.node());
        }
      }
    }
    Rewrites.Copy copy = new Rewrites.Copy(graph);
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      Integer norm = normOf.get(i);
      if (norm != null) {
        Value other = node.inputs().get(node.inputs().get(0).node() == norm ? 1 : 0);
        List<Value> inputs = new ArrayList<>(graph.nodes().get(norm).inputs());
        inputs.add(other);
        copy.keep(norm, graph.nodes().get(norm).op().taking(Epilogue.RESIDUAL), inputs);
        copy.replace(new Value(i, 0), copy.of(new Value(norm, 0)));
      } else if (!normOf.containsValue(i)) {
        copy.keep(i, node.op(), node.inputs());
      }
    }
    return copy.build();
  }

  /** A ReLU that alone reads a convolution, a matrix product or a batch norm moves into it. */
  static Graph activations(Graph graph) {
    Fusions all = new Fusions(graph);
    Map<Integer, Integer> absorbed = new HashMap<>();
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      if (node.op() instanceof PointwiseOp.Activate op && op.activation() == Activation.RELU) {
        Value source = node.inputs().get(0);
        if (all.isAlone(source) && graph.node(source).op().taking(Epilogue.RELU) != null) {
          absorbed.put(source.node(), i);
        }
      }
    }
    Rewrites.Copy copy = new Rewrites.Copy(graph);
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      if (absorbed.containsKey(i)) {
        copy.keep(i, node.op().taking(Epilogue.RELU), node.inputs());
        copy.replace(new Value(absorbed.get(i), 0), copy.of(new Value(i, 0)));
      } else if (!absorbed.containsValue(i)) {
        copy.keep(i, node.op(), node.inputs());
      }
    }
    return copy.build();
  }

  /** A ReLU's gradient that only a batch norm's gradient reads: the latter applies the mask. */
  static Graph norms(Graph graph) {
    Fusions all = new Fusions(graph);
    Map<Integer, Node> masks = new HashMap<>();
    Map<Integer, Integer> absorbed = new HashMap<>();
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      if (node.op() instanceof NormOp.Grad op && op.activation() == Activation.IDENTITY) {
        Value dy = node.inputs().get(0);
        Node mask = graph.node(dy);
        boolean relu =
            mask.op() instanceof PointwiseOp.ActivationGrad a && a.activation() == Activation.RELU;
        if (relu && all.isAlone(dy)) {
          masks.put(i, mask);
          absorbed.put(dy.node(), i);
        }
      }
    }
    Rewrites.Copy copy = new Rewrites.Copy(graph);
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      Node mask = masks.get(i);
      if (mask != null) {
        List<Value> inputs = new ArrayList<>(node.inputs());
        inputs.set(0, mask.inputs().get(0));
        Node source = graph.node(mask.inputs().get(1));
        boolean again = isOnlyOf(source, mask.inputs().get(1), node);
        inputs.add(again ? source.inputs().get(2) : mask.inputs().get(1));
        copy.keep(i, new NormOp.Grad(Activation.RELU, !again), inputs);
      } else if (!absorbed.containsKey(i)) {
        copy.keep(i, node.op(), node.inputs());
      }
    }
    return copy.build();
  }

  /** Whether a value is that of the batch norm and ReLU whose gradient this is, nothing added. */
  private static boolean isOnlyOf(Node source, Value value, Node gradient) {
    return source.op() instanceof NormOp.Training norm
        && norm.activation() == Activation.RELU
        && !norm.residual()
        && value.output() == 0
        && source.inputs().get(0).equals(gradient.inputs().get(1))
        && source.inputs().get(1).equals(gradient.inputs().get(2))
        && gradient.inputs().get(3).equals(new Value(value.node(), 3))
        && gradient.inputs().get(4).equals(new Value(value.node(), 4));
  }

  /**
   * A batch norm with given statistics that alone reads a convolution becomes part of its weights
   * and bias, where all of these are state of a graph that changes none.
   */
  static Graph folded(Graph graph) {
    if (!graph.updates().isEmpty()) {
      return graph;
    }
    Fusions all = new Fusions(graph);
    Map<Integer, Integer> convolutions = new HashMap<>();
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      boolean folds =
          node.op() instanceof NormOp.Inference
              && all.isAlone(node.inputs().get(0))
              && graph.node(node.inputs().get(0)).op() instanceof ConvOp.Forward conv
              && conv.activation() == Activation.IDENTITY
              && !conv.residual()
              && all.areState(graph.node(node.inputs().get(0)).inputs(), 1)
              && all.areState(node.inputs().subList(0, 5), 1);
      if (folds) {
        convolutions.put(i, node.inputs().get(0).node());
      }
    }
    Rewrites.Copy copy = new Rewrites.Copy(graph);
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      if (convolutions.containsKey(i)) {
        copy.fold(convolutions.get(i), i);
      } else if (!convolutions.containsValue(i)) {
        copy.keep(i, node.op(), node.inputs());
      }
    }
    return copy.build();
  }

  private boolean areState(List<Value> values, int from) {
    return values.stream().skip(from).allMatch(v -> graph.node(v).op() instanceof LeafOp.State);
  }

  /** Whether this first output is read exactly once. */
  private boolean isAlone(Value value) {
    return value.output() == 0 && uses.getOrDefault(value, 0) == 1;
  }
}
