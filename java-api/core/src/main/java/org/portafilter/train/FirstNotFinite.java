package org.portafilter.train;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.device.NotFiniteException;
import org.portafilter.graph.Graph;
import org.portafilter.graph.LeafOp;
import org.portafilter.graph.Node;
import org.portafilter.graph.Value;
import org.portafilter.loss.Loss;
import org.portafilter.nn.Network;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;

/**
 * Finds where an infinite or NaN loss or gradient comes from: runs the step's forward pass again,
 * and its backward pass for a gradient, with every value kept, and takes the first one, in order of
 * execution, that is not finite.
 */
final class FirstNotFinite {
  private final Network net;
  private final Loss loss;

  /** What follows {@code gradient/} in the path of the check that failed; null for the loss's. */
  private final @Nullable String gradient;

  private FirstNotFinite(Network net, Loss loss, @Nullable String gradient) {
    this.net = net;
    this.loss = loss;
    this.gradient = gradient;
  }

  /** What a run of {@link TrainingGraph#training} failed with. */
  static FirstNotFinite of(Network net, Loss loss, NotFiniteException failure) {
    boolean isGradient = failure.path().startsWith(TrainingGraph.GRADIENT);
    String gradient = isGradient ? failure.path().substring(TrainingGraph.GRADIENT.length()) : null;
    return new FirstNotFinite(net, loss, gradient);
  }

  /** What is not finite, in words. */
  String what() {
    if (gradient == null) {
      return "the loss";
    }
    String squared = parameter(TrainingGraph.SQUARES);
    if (squared != null) {
      return "the gradient of " + squared + ", or its square,";
    }
    String measured = parameter(TrainingGraph.NORM);
    if (measured != null) {
      return "the norm of the gradient of " + measured;
    }
    return net.trainable().contains(gradient)
        ? "the gradient of " + gradient
        : "the norm of all gradients together";
  }

  /** The parameter whose path this suffix follows, or null. */
  private @Nullable String parameter(String suffix) {
    if (gradient == null || net.trainable().contains(gradient) || !gradient.endsWith(suffix)) {
      return null;
    }
    String path = gradient.substring(0, gradient.length() - suffix.length());
    return net.trainable().contains(path) ? path : null;
  }

  /**
   * The culprit in words.
   *
   * @param failed the session of the failed step, its inputs untouched
   */
  String find(Session failed, long seed) {
    try {
      return search(failed, seed);
    } catch (PortafilterException e) {
      return "lower the learning rate or check the data; the layer could not be found ("
          + e.getMessage()
          + ")";
    }
  }

  private String search(Session failed, long seed) {
    Graph again =
        gradient == null ? TrainingGraph.forward(net, loss) : TrainingGraph.gradients(net, loss);
    Spec spec = failed.plan().spec().withFuse(false).withBudget(Long.MAX_VALUE);
    List<Value> values = values(again, spec);
    Graph.Builder watched = again.withoutUpdates().toBuilder();
    values.forEach(value -> watched.name(name(value), value));
    Plan plan = Plan.compile(watched.build(), net.device(), spec);
    try (Session session = Session.open(plan, net.state())) {
      for (String input : List.of(Network.INPUT, TrainingGraph.LABELS)) {
        session.view(input).duplicate().put(failed.view(input).duplicate());
      }
      session.seed(seed);
      session.run();
      for (Value value : values) {
        String kind = kind(session.view(name(value)), plan.type(name(value)).dtype());
        if (kind != null) {
          return culprit(again.nodes().get(value.node()), kind);
        }
      }
    }
    if (gradient == null) {
      return "every value of the forward pass is finite when it is run again";
    }
    return "every value on the way back from the loss is finite, but too large for a square or a norm in "
        + net.working()
        + "; lower the learning rate, clip gradients, or rescale the data";
  }

  private static String culprit(Node node, String kind) {
    if (node.isInput()) {
      return "the batch itself holds %s (%s); clean the data".formatted(kind, node.path());
    }
    if (node.isState()) {
      return "%s already holds %s, from the last step's update; lower the learning rate or clip gradients"
          .formatted(node.path(), kind);
    }
    return "%s (%s) is the first layer that gives %s, from finite inputs; lower the learning rate, clip gradients, or rescale the data"
        .formatted(node.path(), node.op().name(), kind);
  }

  private static String name(Value value) {
    return "watched/" + value.node() + ":" + value.output();
  }

  /** Every floating output that must exist, in order of execution. */
  private static List<Value> values(Graph graph, Spec spec) {
    List<Value> values = new ArrayList<>();
    var types = graph.infer(new LinkedHashMap<>(spec.leaves()), spec.working());
    for (int node = 0; node < types.size(); node++) {
      if (graph.nodes().get(node).op() instanceof LeafOp.Scalar) {
        continue;
      }
      for (int output = 0; output < types.get(node).size(); output++) {
        boolean omitted = output > 0 && graph.nodes().get(node).op().mayOmit(output);
        if (!omitted && types.get(node).get(output).dtype().isFloat()) {
          values.add(new Value(node, output));
        }
      }
    }
    return values;
  }

  private static @Nullable String kind(ByteBuffer view, DType dtype) {
    boolean infinite = false;
    int count = view.capacity() / dtype.bytes();
    for (int i = 0; i < count; i++) {
      double value = dtype.get(view, i);
      if (Double.isNaN(value)) {
        return "NaN";
      }
      infinite |= Double.isInfinite(value);
    }
    return infinite ? "an infinite value" : null;
  }
}
