package org.portafilter.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.portafilter.data.Batches;
import org.portafilter.data.Dataset;
import org.portafilter.data.Loader;
import org.portafilter.device.MemoryException;
import org.portafilter.graph.Graph;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.nn.Network;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * The sessions of one graph over labelled batches: one for full batches and one for a smaller last
 * batch, taking turns in one arena. They open when batches of a new size come and stay open.
 */
final class BatchSessions implements AutoCloseable {
  /** What decides a session: its images and their type. */
  private record Key(int batch, DType dtype, ValueType target) {}

  private final Network net;
  private final Graph graph;
  private final long budget;
  private final Set<Integer> ignored;
  private final Map<Key, Session> sessions = new LinkedHashMap<>();
  private final List<Session> opened = new ArrayList<>();

  BatchSessions(Network net, Graph graph) {
    this(net, graph, Long.MAX_VALUE);
  }

  /**
   * Sessions whose arena must not be larger than this.
   *
   * @param budget in bytes
   */
  BatchSessions(Network net, Graph graph, long budget) {
    this.net = net;
    this.graph = graph;
    this.budget = budget;
    this.ignored =
        graph.nodes().stream()
            .filter(node -> node.op() instanceof SoftmaxOp.OneHot)
            .map(node -> ((SoftmaxOp.OneHot) node.op()).ignored())
            .collect(Collectors.toSet());
  }

  /** Floats of a data set become the network's, which may be doubles. */
  private Key key(int batch, Dataset data) {
    ValueType target = data.target();
    return new Key(batch, widened(data.dtype()), target.withDtype(widened(target.dtype())));
  }

  private DType widened(DType dtype) {
    return dtype.isFloat() ? net.working() : dtype;
  }

  /**
   * Opens what these batches need.
   *
   * @throws PortafilterException when the data do not fit the network
   */
  void open(Batches batches) {
    requireFit(batches);
    List<Key> keys = new ArrayList<>();
    for (int batch : new int[] {batches.size(0), batches.size(batches.count() - 1)}) {
      Key key = key(batch, batches.dataset());
      if (!sessions.containsKey(key) && !keys.contains(key)) {
        keys.add(key);
      }
    }
    if (keys.isEmpty()) {
      return;
    }
    List<Session> shared = open(keys);
    for (int i = 0; i < keys.size(); i++) {
      sessions.put(keys.get(i), shared.get(i));
    }
    opened.addAll(shared);
  }

  private List<Session> open(List<Key> keys) {
    try {
      List<Plan> plans = new ArrayList<>();
      keys.forEach(key -> plans.add(Plan.compile(graph, net.device(), spec(key))));
      return Session.openShared(plans, net.state());
    } catch (MemoryException e) {
      Key key = keys.get(0);
      int fits = largest(key, e.available());
      throw new MemoryException(
          "batches of %s images do not fit, %s: %s"
              .formatted(
                  key.batch(),
                  fits == 0 ? "not even a batch of 1 does" : "the largest that does is " + fits,
                  e.getMessage()),
          e.available());
    }
  }

  /** The most images, below the key's, whose plan needs at most so many bytes; 0 for none. */
  private int largest(Key key, long available) {
    int fits = 0;
    int tooMany = key.batch();
    while (tooMany - fits > 1) {
      int batch = (fits + tooMany) / 2;
      Spec unbounded = spec(new Key(batch, key.dtype(), key.target())).withBudget(Long.MAX_VALUE);
      if (Plan.compile(graph, net.device(), unbounded).arenaBytes() <= available) {
        fits = batch;
      } else {
        tooMany = batch;
      }
    }
    return fits;
  }

  private Spec spec(Key key) {
    Map<String, ValueType> leaves = new LinkedHashMap<>(net.leaves(key.batch(), key.dtype()));
    leaves.put(TrainingGraph.LABELS, labels(key));
    return net.spec(leaves).withBudget(budget);
  }

  /** The type of a batch's targets. */
  private static ValueType labels(Key key) {
    Shape one = key.target().shape();
    long[] dims = new long[one.rank() + 1];
    dims[0] = key.batch();
    for (int i = 0; i < one.rank(); i++) {
      dims[i + 1] = one.dim(i);
    }
    return new ValueType(Shape.of(dims), key.target().dtype());
  }

  private void requireFit(Batches batches) {
    if (!batches.dataset().shape().equals(net.input())) {
      throw new PortafilterException(
          "the network takes images of shape %s, the data set has %s"
              .formatted(net.input(), batches.dataset().shape()));
    }
    boolean classes = batches.dataset().target().dtype() == DType.INT32;
    if (classes && net.output().rank() == 1) {
      requireLabels(batches.dataset(), net.output().dim(0));
    }
  }

  /** Labels are below the number of classes, unless the loss ignores them. */
  private void requireLabels(Dataset data, long classes) {
    for (int i = 0; i < data.size(); i++) {
      if (data.label(i) >= classes && !ignored.contains(data.label(i))) {
        throw new PortafilterException(
            "the data set has a label %s, the network's last layer has %s outputs; labels must be below that"
                .formatted(data.label(i), classes));
      }
    }
  }

  /** Whether a label names none of the network's classes, and the graph leaves its images out. */
  boolean isBeyond(int label) {
    if (!ignored.contains(label)) {
      return false;
    }
    Shape output = net.output();
    return output.rank() == 1 && label >= output.dim(0);
  }

  /** The session for a batch of this size of batches that were opened. */
  Session get(Batches batches, int size) {
    Session session = sessions.get(key(size, batches.dataset()));
    if (session == null) {
      throw new IllegalStateException("no session was opened for " + size + " images");
    }
    return session;
  }

  /** What the sessions compute. */
  Graph graph() {
    return graph;
  }

  /** Moves the loader's next batch into a session of these batches. */
  void take(Loader loader, Batches batches, Session session) {
    ByteBuffer images = session.view(Network.INPUT);
    ByteBuffer labels = session.view(TrainingGraph.LABELS);
    boolean wideImages = widened(batches.dataset().dtype()) != batches.dataset().dtype();
    DType target = batches.dataset().target().dtype();
    boolean wideLabels = widened(target) != target;
    if (!wideImages && !wideLabels) {
      loader.take(images, labels);
      return;
    }
    ByteBuffer narrowImages = wideImages ? narrow(images) : images;
    ByteBuffer narrowLabels = wideLabels ? narrow(labels) : labels;
    loader.take(narrowImages, narrowLabels);
    if (wideImages) {
      widen(narrowImages, images);
    }
    if (wideLabels) {
      widen(narrowLabels, labels);
    }
  }

  private static ByteBuffer narrow(ByteBuffer doubles) {
    return ByteBuffer.allocate(doubles.capacity() / 2).order(ByteOrder.nativeOrder());
  }

  private static void widen(ByteBuffer floats, ByteBuffer doubles) {
    for (int i = 0; i < floats.capacity() / 4; i++) {
      doubles.putDouble(8 * i, floats.getFloat(4 * i));
    }
  }

  /** The arena bytes of the largest plan. */
  long peakPlanBytes() {
    return opened.stream().mapToLong(session -> session.plan().arenaBytes()).max().orElse(0);
  }

  /**
   * What the images of a session's last run count, together: 1 each unless the loss weighs them.
   */
  static double weight(Session session, int images) {
    boolean weighs = session.plan().graph().outputs().containsKey(TrainingGraph.LOSS_WEIGHT);
    return weighs ? scalar(session, TrainingGraph.LOSS_WEIGHT) : images;
  }

  /** What the losses of a session's last run add up to. */
  static double lossSum(Session session, int images) {
    boolean weighs = session.plan().graph().outputs().containsKey(TrainingGraph.LOSS_SUM);
    return weighs
        ? scalar(session, TrainingGraph.LOSS_SUM)
        : scalar(session, TrainingGraph.LOSS) * images;
  }

  /** The single number a named value holds. */
  static double scalar(Session session, String name) {
    return session.plan().type(name).dtype().get(session.view(name), 0);
  }

  @Override
  public void close() {
    opened.forEach(Session::close);
    opened.clear();
    sessions.clear();
  }
}
