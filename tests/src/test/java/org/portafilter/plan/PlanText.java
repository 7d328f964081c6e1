package org.portafilter.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.graph.Node;
import org.portafilter.graph.Value;

/** A plan as text: of each step its op, its values with their layouts and places, its kernel. */
public final class PlanText {
  private final Plan plan;
  private final Map<String, Integer> nodes = new HashMap<>();

  private PlanText(Plan plan) {
    this.plan = plan;
    for (int i = 0; i < plan.graph().nodes().size(); i++) {
      nodes.put(plan.graph().nodes().get(i).path(), i);
    }
  }

  /** A line for each step and each commit, and one for the arena. */
  public static List<String> of(Plan plan) {
    PlanText text = new PlanText(plan);
    List<String> lines = new ArrayList<>();
    plan.steps().forEach(step -> lines.add(text.step(step)));
    plan.commits().forEach(step -> lines.add("commit " + text.step(step)));
    lines.add("arena " + plan.arenaBytes());
    return lines;
  }

  private String step(Plan.Step step) {
    StringBuilder line = new StringBuilder(step.path());
    Integer index = nodes.get(step.path());
    Node node = index == null ? null : plan.graph().nodes().get(index);
    line.append(node == null ? "" : " " + node.op().describe());
    for (int i = 0; i < step.inputs().size(); i++) {
      line.append(i == 0 ? " (" : ", ");
      line.append(place(step.inputs().get(i), node == null ? null : node.inputs().get(i)));
    }
    line.append(step.inputs().isEmpty() ? "" : ")");
    for (int i = 0; i < step.outputs().size(); i++) {
      line.append(i == 0 ? " -> " : ", ");
      line.append(place(step.outputs().get(i), index == null ? null : new Value(index, i)));
    }
    String id = step.kernel().numericsId();
    line.append(" by ").append(id.substring(id.lastIndexOf(' ') + 1));
    if (step.workspace() != null) {
      line.append(" workspace ").append(place(step.workspace()));
    }
    if (step.prepared() != null) {
      line.append(" prepared ").append(place(step.prepared()));
    }
    line.append(step.ahead() ? " ahead" : "");
    Slices.Run run = step.run();
    return line.append(run == null ? "" : " x" + run.count()).toString();
  }

  private String place(Plan.Operand operand, Value value) {
    if (operand.region() == null) {
      return "none";
    }
    String type = value == null ? "" : plan.type(value) + " ";
    String stride = operand.stride() == 0 ? "" : "+" + operand.stride();
    return type + place(operand.region()) + stride;
  }

  private static String place(Region region) {
    return region.kind == Region.Kind.ARENA
        ? "at " + region.offset
        : region.kind + " " + region.path;
  }
}
