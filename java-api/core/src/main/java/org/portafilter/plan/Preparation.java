package org.portafilter.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.device.Kernel;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Node;
import org.portafilter.graph.Value;

/**
 * What a plan that changes no state does ahead of its runs, once per change of the state: nodes
 * that depend on the state alone, and what kernels prepare from such values. All of it happens
 * before step 0, so its times are negative.
 */
final class Preparation {
  private final Graph graph;
  private final List<@Nullable Kernel> kernels;
  private final boolean[] constant;

  Preparation(Graph graph, List<@Nullable Kernel> kernels) {
    this.graph = graph;
    this.kernels = kernels;
    this.constant = new boolean[graph.nodes().size()];
    for (int step = 0; step < constant.length && graph.updates().isEmpty(); step++) {
      Node node = graph.nodes().get(step);
      constant[step] = !node.inputs().isEmpty() && node.inputs().stream().allMatch(this::isFixed);
    }
  }

  /** Whether a value changes with the state alone. */
  boolean isFixed(Value value) {
    return graph.node(value).isState() || constant[value.node()];
  }

  /** Whether a step happens ahead. */
  boolean isAhead(int step) {
    return constant[step];
  }

  /** Whether a step's kernel prepares one of its inputs ahead. */
  boolean prepares(int step) {
    Kernel kernel = kernels.get(step);
    return kernel != null
        && kernel.preparedBytes() > 0
        && graph.updates().isEmpty()
        && !constant[step]
        && isFixed(graph.nodes().get(step).inputs().get(kernel.preparedInput()));
  }

  /** When a step runs. */
  int time(int step) {
    return constant[step] ? ahead(step) : step;
  }

  /** When a step reads an input. */
  int time(int step, int input) {
    Kernel kernel = kernels.get(step);
    boolean prepared = prepares(step) && kernel != null && kernel.preparedInput() == input;
    return constant[step] || prepared ? ahead(step) : step;
  }

  /** The time of what a step does ahead. */
  int ahead(int step) {
    return step - constant.length;
  }

  /** Before all of it. */
  int start() {
    return -constant.length - 1;
  }
}
