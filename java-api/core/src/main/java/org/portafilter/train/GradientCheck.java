package org.portafilter.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Node;
import org.portafilter.graph.Value;
import org.portafilter.loss.Loss;
import org.portafilter.nn.Network;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Philox;
import org.portafilter.tensor.Tensor;

/**
 * Compares the gradients of a network in double precision with central differences, per parameter
 * tensor, on a sample of its elements.
 *
 * <p>A difference across a kink (a ReLU that switches, a maximum that moves) says nothing: such
 * elements are detected exactly, by comparing the network's switches, and others are drawn in their
 * place. Where fewer than half of the elements drawn could be compared, the check fails: what was
 * compared is no sample then.
 *
 * <pre>{@code
 * Network net = Network.create(layers, Shape.of(1, 28, 28), Device.cpu(), 1, DType.FLOAT64);
 * for (GradientCheck.Result r : GradientCheck.run(net, SoftmaxCrossEntropy.of(), images, labels, 20, 1)) {
 *   r.requireBelow(1e-6);
 * }
 * }</pre>
 */
public final class GradientCheck implements AutoCloseable {
  private static final double STEP = 1e-5;
  private static final double NOTHING = 1e-8;
  private static final int MOST_DRAWS = 50;

  /**
   * The outcome for one tensor.
   *
   * @param path the parameter
   * @param relativeError {@code ||analytic - numeric|| / (||analytic|| + ||numeric||)} over the
   *     elements compared, 0 when both norms are under 1e-8; infinite when fewer than half of the
   *     sample could be compared
   * @param elements elements compared, each once
   * @param redrawn elements drawn that could not be, because a kink lies beside them
   */
  public record Result(String path, double relativeError, int elements, int redrawn) {
    /** Elements drawn: those compared and those beside kinks. */
    public int sampled() {
      return elements + redrawn;
    }

    /** Whether enough was compared, and agrees to within this relative error. */
    public boolean passes(double limit) {
      return isEnough() && relativeError <= limit;
    }

    private boolean isEnough() {
      return isEnough(elements, redrawn);
    }

    private static boolean isEnough(int elements, int redrawn) {
      return elements > 0 && elements >= redrawn;
    }

    /**
     * Fails the check of this tensor unless it {@link #passes}.
     *
     * @param limit of the relative error, such as 1e-6
     * @throws PortafilterException with how many elements were compared, or the error that is too
     *     large
     */
    public void requireBelow(double limit) {
      if (!isEnough()) {
        throw new PortafilterException(
            "%s: only %s of %s sampled elements could be compared, at least half must be; beside the other %s a kink (ReLU, maximum, clamp) switches within a step of %s. Check with smaller images or batches, other values, or smooth activations"
                .formatted(path, elements, sampled(), redrawn, STEP));
      }
      if (!passes(limit)) {
        throw new PortafilterException(
            "%s: the gradient differs from central differences by %s, relative to its size, over %s elements; expected at most %s"
                .formatted(path, relativeError, elements, limit));
      }
    }
  }

  private final Network net;
  private final Session session;
  private final List<Switch> switches = new ArrayList<>();

  /**
   * A named value whose elements say on which side of these kinks an op is; positions have none.
   */
  private record Switch(String name, double... kinks) {
    byte side(double x) {
      byte side = 0;
      for (double kink : kinks) {
        side += (byte) (x > kink ? 1 : 0);
      }
      return side;
    }
  }

  private GradientCheck(Network net, Session session) {
    this.net = net;
    this.session = session;
  }

  /**
   * Checks every trained parameter.
   *
   * @param net a network in {@code FLOAT64}
   * @param images one batch, row-major
   * @param labels one class per image
   * @param elements most elements to compare per tensor
   * @param seed of the draws
   */
  public static List<Result> run(
      Network net, Loss loss, double[] images, int[] labels, int elements, long seed) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * labels.length).order(ByteOrder.nativeOrder());
    bytes.asIntBuffer().put(labels);
    ValueType type = new ValueType(Shape.of(labels.length), DType.INT32);
    return run(net, loss, images, type, bytes, elements, seed);
  }

  /**
   * Checks every trained parameter under a loss whose targets are numbers.
   *
   * @param net a network in {@code FLOAT64}
   * @param images one batch, row-major
   * @param targets one batch, row-major
   * @param targetShape shape of {@code targets}, the batch first
   * @param elements most elements to compare per tensor
   * @param seed of the draws
   */
  public static List<Result> run(
      Network net,
      Loss loss,
      double[] images,
      double[] targets,
      Shape targetShape,
      int elements,
      long seed) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * targets.length).order(ByteOrder.nativeOrder());
    bytes.asDoubleBuffer().put(targets);
    ValueType type = new ValueType(targetShape, DType.FLOAT64);
    return run(net, loss, images, type, bytes, elements, seed);
  }

  private static List<Result> run(
      Network net,
      Loss loss,
      double[] images,
      ValueType targetType,
      ByteBuffer targets,
      int elements,
      long seed) {
    if (net.working() != DType.FLOAT64) {
      throw new PortafilterException(
          "gradients are checked in FLOAT64, the network computes in " + net.working());
    }
    long values = net.input().count() * targetType.shape().dim(0);
    if (images.length != values || elements < 1) {
      throw new PortafilterException(
          "a gradient check of %s images of shape %s needs %s values and at least 1 element to compare, got %s and %s"
              .formatted(targetType.shape().dim(0), net.input(), values, images.length, elements));
    }
    try (GradientCheck check = open(net, loss, targetType)) {
      ByteBuffer input = check.session.view(Network.INPUT);
      for (int i = 0; i < images.length; i++) {
        input.putDouble(8 * i, images[i]);
      }
      check.session.view(TrainingGraph.LABELS).put(0, targets, 0, targets.capacity());
      List<Result> results = new ArrayList<>();
      for (String path : net.trainable()) {
        results.add(check.check(path, elements, new Philox(seed, Philox.streamOf(path))));
      }
      return results;
    }
  }

  private static GradientCheck open(Network net, Loss loss, ValueType targets) {
    Graph.Builder graph = TrainingGraph.gradients(net, loss).toBuilder();
    List<Switch> switches = new ArrayList<>();
    for (int i = 0; i < graph.size(); i++) {
      Node node = graph.node(new Value(i, 0));
      String name = "switches/" + node.path();
      double[] kinks = node.op().kinks();
      if (node.op().piecesOutput() >= 0) {
        graph.name(name, new Value(i, node.op().piecesOutput()));
        switches.add(new Switch(name));
      } else if (kinks.length > 0) {
        graph.name(name, node.inputs().get(0));
        switches.add(new Switch(name, kinks));
      }
    }
    Map<String, ValueType> leaves =
        net.leaves(Math.toIntExact(targets.shape().dim(0)), DType.FLOAT64);
    leaves.put(TrainingGraph.LABELS, targets);
    Spec spec = Spec.of(leaves).withWorking(DType.FLOAT64);
    Session session = Session.open(Plan.compile(graph.build(), net.device(), spec), net.state());
    GradientCheck check = new GradientCheck(net, session);
    check.switches.addAll(switches);
    return check;
  }

  private Result check(String path, int elements, Philox random) {
    session.run();
    List<byte[]> pattern = pattern();
    ByteBuffer gradient = session.view("gradient/" + path);
    int count = gradient.capacity() / 8;
    double[] analytic = new double[count];
    gradient.asDoubleBuffer().get(0, analytic);
    Tensor values = net.state().get(path);
    double difference = 0;
    double analyticNorm = 0;
    double numericNorm = 0;
    int redrawn = 0;
    int compared = 0;
    int[] order = random.permutation(count);
    for (int i = 0; i < count && compared < elements && redrawn < MOST_DRAWS; i++) {
      int index = order[i];
      double numeric = difference(values, index, pattern);
      if (Double.isNaN(numeric)) {
        redrawn++;
        continue;
      }
      compared++;
      difference += (analytic[index] - numeric) * (analytic[index] - numeric);
      analyticNorm += analytic[index] * analytic[index];
      numericNorm += numeric * numeric;
    }
    boolean nothing = Math.sqrt(analyticNorm) < NOTHING && Math.sqrt(numericNorm) < NOTHING;
    double error =
        nothing ? 0 : Math.sqrt(difference) / (Math.sqrt(analyticNorm) + Math.sqrt(numericNorm));
    boolean enough = Result.isEnough(compared, redrawn);
    return new Result(path, enough ? error : Double.POSITIVE_INFINITY, compared, redrawn);
  }

  /** The central difference along one element, or NaN when a switch moved. */
  private double difference(Tensor values, int index, List<byte[]> pattern) {
    ByteBuffer element = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
    values.read(8L * index, element);
    double value = element.getDouble(0);
    try {
      double above = lossAt(values, index, value + STEP);
      boolean kink = !same(pattern, pattern());
      double below = lossAt(values, index, value - STEP);
      kink |= !same(pattern, pattern());
      return kink ? Double.NaN : (above - below) / (2 * STEP);
    } finally {
      set(values, index, value);
    }
  }

  private static void set(Tensor values, int index, double value) {
    ByteBuffer element = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
    values.write(8L * index, element.putDouble(0, value));
  }

  private double lossAt(Tensor values, int index, double value) {
    set(values, index, value);
    session.run();
    double loss = session.view(TrainingGraph.LOSS).getDouble(0);
    if (!Double.isFinite(loss)) {
      throw new PortafilterException(
          "the loss is %s, so that no gradient can be checked; use other parameters or images"
              .formatted(loss));
    }
    return loss;
  }

  /** On which sides of their kinks functions are, and which positions win the maxima. */
  private List<byte[]> pattern() {
    List<byte[]> pattern = new ArrayList<>();
    for (Switch at : switches) {
      ByteBuffer view = session.view(at.name());
      boolean positions = session.plan().type(at.name()).dtype() == DType.INT32;
      byte[] bits = new byte[positions ? view.capacity() : view.capacity() / 8];
      if (positions) {
        view.get(0, bits);
      } else {
        for (int i = 0; i < bits.length; i++) {
          bits[i] = at.side(view.getDouble(8 * i));
        }
      }
      pattern.add(bits);
    }
    return pattern;
  }

  private static boolean same(List<byte[]> a, List<byte[]> b) {
    for (int i = 0; i < a.size(); i++) {
      if (!Arrays.equals(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    session.close();
  }
}
