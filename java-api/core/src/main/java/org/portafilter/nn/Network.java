package org.portafilter.nn;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.ImageSpec;
import org.portafilter.device.Device;
import org.portafilter.device.MathMode;
import org.portafilter.device.Tuning;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Node;
import org.portafilter.graph.PathPattern;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Rewrites;
import org.portafilter.graph.Value;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Spec;
import org.portafilter.plan.State;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Philox;

/**
 * A graph with one input and one output, and the state its parameters live in.
 *
 * <pre>{@code
 * try (Network net = Network.create(layers, Shape.of(1, 28, 28), Device.cpu(), 42);
 *     Predictor predictor = net.session(1)) {
 *   float[] logits = predictor.predict(pixels);
 * }
 * }</pre>
 */
public final class Network implements AutoCloseable {
  /** The name of the input value. */
  public static final String INPUT = "input";

  /** The name of the output value. */
  public static final String OUTPUT = "output";

  private final Graph graph;
  private final Shape input;
  private final Device device;
  private final State state;
  private final Set<String> trainable;
  private final Set<String> frozen = new LinkedHashSet<>();
  private final DType working;
  private MathMode math = MathMode.FAST;
  private Tuning tuning = Tuning.SHIPPED;
  private @Nullable DType preferred;
  private List<String> classes = List.of();
  private @Nullable ImageSpec image;

  private Network(
      Graph graph, Shape input, Device device, State state, Set<String> trainable, DType working) {
    this.graph = graph;
    this.input = input;
    this.device = device;
    this.state = state;
    this.trainable = trainable;
    this.working = working;
  }

  /**
   * A network with new parameters in {@code FLOAT32}.
   *
   * @param input shape of one image, C x H x W, or of one row of features
   * @param seed decides every initial value
   */
  public static Network create(Layer layer, Shape input, Device device, long seed) {
    return create(layer, input, device, seed, DType.FLOAT32);
  }

  /**
   * A network with new parameters.
   *
   * @param working {@code FLOAT32}, or {@code FLOAT64} for gradient checks
   */
  public static Network create(Layer layer, Shape input, Device device, long seed, DType working) {
    if (!working.isFloat()) {
      throw new PortafilterException("a network computes in FLOAT32 or FLOAT64, got " + working);
    }
    Architecture built = Architecture.of(layer, input, working);
    Map<String, ValueType> types = new LinkedHashMap<>();
    Set<String> trainable = new LinkedHashSet<>();
    built.declared().forEach((path, entry) -> requireArray(path, entry.shape()));
    built
        .declared()
        .forEach((path, entry) -> types.put(path, new ValueType(entry.shape(), working)));
    State state = new State(device);
    try {
      state.define(types);
      built.declared().forEach((path, entry) -> begin(state, path, entry, seed, trainable));
      return new Network(built.graph(), input, device, state, trainable, working);
    } catch (RuntimeException e) {
      state.close();
      throw e;
    }
  }

  /** First values come as one array. */
  private static void requireArray(String path, Shape shape) {
    if (shape.count() > Integer.MAX_VALUE - 8) {
      throw new ShapeException(
          String.format(
              Locale.ROOT,
              "%s: a parameter of shape %s has %,d values; at most %,d can be initialised, use a smaller layer",
              path,
              shape,
              shape.count(),
              Integer.MAX_VALUE - 8));
    }
  }

  private static void begin(
      State state, String path, Scope.Declared entry, long seed, Set<String> trainable) {
    Philox random = new Philox(seed, Philox.streamOf(path));
    state.get(path).write(entry.initializer().values(entry.shape(), random));
    if (entry.trainable()) {
      trainable.add(path);
    }
  }

  /** A network from its parts, as a file holds them; it owns the state. */
  public static Network of(
      Graph graph, Shape input, Device device, State state, Set<String> trainable, DType working) {
    return new Network(graph, input, device, state, new LinkedHashSet<>(trainable), working);
  }

  /** The graph as described, in its training form. */
  public Graph graph() {
    return graph;
  }

  /** Shape of one image. */
  public Shape input() {
    return input;
  }

  /**
   * Shape of one image's output.
   *
   * @throws PortafilterException when the graph's shapes do not fit, or its output is not of the
   *     working type
   */
  public Shape output() {
    Graph forward = inferenceGraph();
    Value output = forward.output(OUTPUT);
    ValueType type =
        forward.infer(leaves(1, preferredInput()), working).get(output.node()).get(output.output());
    if (type.dtype() != working) {
      throw new PortafilterException(
          "%s: expected an output of %s, got %s; put a layer that computes after it"
              .formatted(forward.node(output).path(), working, type.dtype()));
    }
    return type.shape().tail();
  }

  /** The device. */
  public Device device() {
    return device;
  }

  /** Parameters, statistics and whatever an optimizer added. */
  public State state() {
    return state;
  }

  /** Paths of the trained parameters. */
  public Set<String> trainable() {
    return Collections.unmodifiableSet(trainable);
  }

  /**
   * Leaves parameters as they are in trainings that begin from now on, and returns this network. A
   * batch norm whose {@code gamma} and {@code beta} are both frozen is frozen as a whole: it
   * normalises by its running statistics in training as in inference, and leaves them as they are.
   * The statistics of all others follow the data.
   *
   * @param pattern as {@link PathPattern} has it: a layer's path, or a regular expression
   * @throws PortafilterException when it names no parameter that is trained
   */
  public Network freeze(String pattern) {
    List<String> named = named(pattern, trainable);
    trainable.removeAll(named);
    frozen.addAll(named);
    return this;
  }

  /**
   * Trains parameters again that were frozen, in trainings that begin from now on, and returns this
   * network.
   *
   * @param pattern as {@link PathPattern} has it
   * @throws PortafilterException when it names no parameter that is frozen
   */
  public Network unfreeze(String pattern) {
    List<String> named = named(pattern, frozen);
    frozen.removeAll(named);
    trainable.addAll(named);
    return this;
  }

  /** Paths of the parameters that trainings leave as they are. */
  public Set<String> frozen() {
    return Collections.unmodifiableSet(frozen);
  }

  /** Whether all parameters of a batch norm are frozen, and with them its statistics. */
  private boolean isFrozen(Node norm) {
    return norm.inputs().subList(1, 3).stream()
        .map(graph::node)
        .allMatch(node -> node.isState() && frozen.contains(node.path()));
  }

  /**
   * The graph as trainings run it: {@link #graph()}, with frozen batch norms on their running
   * statistics, which nothing updates.
   */
  public Graph trainingGraph() {
    return Rewrites.withFrozenNorms(graph, this::isFrozen);
  }

  private static List<String> named(String pattern, Collection<String> paths) {
    PathPattern names = new PathPattern(pattern);
    List<String> named = paths.stream().filter(names::matches).toList();
    if (named.isEmpty()) {
      throw new PortafilterException(
          "'%s' names none of the parameters %s".formatted(pattern, paths));
    }
    return named;
  }

  /** A network of its own with the same graph and values, with which this one's are not shared. */
  public Network copy() {
    State values = new State(device);
    try {
      Map<String, ValueType> types = new LinkedHashMap<>();
      graph.states().keySet().forEach(path -> types.put(path, state.get(path).type()));
      values.define(types);
      types.keySet().forEach(path -> values.get(path).write(state.get(path)));
      Network copy = of(graph, input, device, values, trainable, working);
      copy.frozen.addAll(frozen);
      copy.preferred = preferred;
      copy.classes = classes;
      copy.image = image;
      return copy.math(math).tuning(tuning);
    } catch (RuntimeException e) {
      values.close();
      throw e;
    }
  }

  /** What the outputs are called, in their order; empty where nobody said. */
  public List<String> classes() {
    return classes;
  }

  /**
   * Says what the outputs are called, and returns this network; the names go with it into files and
   * copies.
   *
   * @param names one for each output, or for each channel of an output C x H x W; none twice; an
   *     empty list for no names
   * @throws PortafilterException when there are more or fewer names than outputs, or a name is
   *     empty or comes twice
   */
  public Network classes(List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (name.isBlank() || !seen.add(name)) {
        throw new PortafilterException(
            "class names need to be different and not empty, got '" + name + "' in " + names);
      }
    }
    Shape output = output();
    boolean fits = output.rank() > 0 && output.dim(0) == names.size();
    if (!names.isEmpty() && !fits) {
      throw new PortafilterException(
          names.size()
              + " class names "
              + names
              + " for an output of shape "
              + output
              + "; give one name per output");
    }
    classes = List.copyOf(names);
    return this;
  }

  /** The images it was made for; null where nobody said, or its inputs are none. */
  public @Nullable ImageSpec image() {
    return image;
  }

  /**
   * Says which images it is made for, and returns this network; that goes with it into files and
   * copies.
   *
   * @throws PortafilterException when they have another shape than its input
   */
  public Network image(ImageSpec images) {
    if (!images.shape().equals(input)) {
      throw new PortafilterException(
          "images of shape %s for a network that takes %s".formatted(images.shape(), input));
    }
    image = images;
    return this;
  }

  /** Which rounding errors sessions and training may have; {@link MathMode#FAST} unless set. */
  public MathMode math() {
    return math;
  }

  /**
   * Sets which rounding errors what is opened from now on may have, and returns this network:
   * {@code Network.create(...).math(MathMode.STRICT)}.
   */
  public Network math(MathMode mode) {
    math = mode;
    return this;
  }

  /**
   * Sets who chooses the kernels of what is opened from now on, and returns this network; {@link
   * Tuning#SHIPPED} unless set.
   */
  public Network tuning(Tuning tuning) {
    this.tuning = tuning;
    return this;
  }

  /**
   * What plans of this network are made for: its working type, math mode and tuning.
   *
   * @param leaves full types of all inputs and state entries, by path
   */
  public Spec spec(Map<String, ValueType> leaves) {
    return Spec.of(leaves).withWorking(working).withMath(math).withTuning(tuning);
  }

  /** The floating type it computes in. */
  public DType working() {
    return working;
  }

  /** Number of trained values. */
  public long parameters() {
    return trainable.stream().mapToLong(path -> state.get(path).shape().count()).sum();
  }

  /**
   * The element types that inputs may have, the preferred one first: the working type, and {@code
   * UINT8} where every op that reads the input turns bytes into floats, as {@link Rescale} and
   * {@link Standardise} do. A byte then means what the float of the same value, 0 to 255, does.
   */
  public List<DType> inputTypes() {
    DType first = preferred;
    if (!takesBytes()) {
      return List.of(working);
    }
    return working == first ? List.of(working, DType.UINT8) : List.of(DType.UINT8, working);
  }

  /**
   * The element type of inputs where none is asked for: that of the data it was trained on, in a
   * file too; before any training {@code UINT8} where it may be, else the working type.
   */
  public DType preferredInput() {
    return inputTypes().get(0);
  }

  /**
   * Sets the element type of inputs where none is asked for, and returns this network; training
   * sets it to that of its data.
   *
   * @throws PortafilterException when it is none of {@link #inputTypes}
   */
  public Network preferredInput(DType type) {
    requireInputType(type);
    preferred = type;
    return this;
  }

  /**
   * Throws unless inputs may have this type.
   *
   * @throws PortafilterException when it is none of {@link #inputTypes}
   */
  public void requireInputType(DType type) {
    if (!inputTypes().contains(type)) {
      String remedy =
          type == DType.UINT8 ? "; for bytes, put a Rescale or a Standardise first" : "";
      throw new PortafilterException(
          "expected an input type among %s, which this network takes, got %s%s"
              .formatted(inputTypes(), type, remedy));
    }
  }

  /** Whether bytes given to the graph reach ops that make floats of them, and no others. */
  private boolean takesBytes() {
    Set<Value> bytes = new HashSet<>();
    Value fed = graph.inputs().get(INPUT);
    if (fed != null) {
      bytes.add(fed);
    }
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      for (int input = 0; input < node.inputs().size(); input++) {
        boolean read = bytes.contains(node.inputs().get(input)) && !node.op().readsShapeOnly(input);
        if (read && node.op().isAlias()) {
          bytes.add(new Value(i, 0));
        } else if (read && !(node.op() instanceof PointwiseOp.Rescale)) {
          return false;
        }
      }
    }
    return !bytes.isEmpty() && !bytes.contains(graph.output(OUTPUT));
  }

  /** The full leaf types for a batch: the input and all state entries. */
  public Map<String, ValueType> leaves(int batch, DType inputType) {
    Map<String, ValueType> leaves = new LinkedHashMap<>();
    leaves.put(INPUT, new ValueType(input.prepend(batch), inputType));
    state.entries().forEach((path, tensor) -> leaves.put(path, tensor.type()));
    return leaves;
  }

  /** The graph with dropout off and batch norm on running statistics, without updates. */
  public Graph inferenceGraph() {
    return Rewrites.withoutUnused(Rewrites.forInference(graph).withoutUpdates());
  }

  /** The plan for inference on batches of this size, of the {@link #preferredInput} type. */
  public Plan plan(int batch) {
    return plan(batch, preferredInput());
  }

  /**
   * The plan for inference on batches of this size whose values have this type.
   *
   * @throws PortafilterException when the type is none of {@link #inputTypes}
   */
  public Plan plan(int batch, DType inputType) {
    requireInputType(inputType);
    return Plan.compile(inferenceGraph(), device, spec(leaves(batch, inputType)));
  }

  /**
   * Opens a session for inference on batches of exactly this size. It is planned for the {@link
   * #preferredInput} type; values of another type that the network takes are taken too.
   *
   * @param batch at least 1
   */
  public Predictor session(int batch) {
    return session(batch, preferredInput());
  }

  /**
   * Opens a session for inference on batches of exactly this size, planned for values of this type.
   *
   * @param batch at least 1
   * @throws PortafilterException when the type is none of {@link #inputTypes}
   */
  public Predictor session(int batch, DType inputType) {
    return new Predictor(this, batch, inputType);
  }

  /** Frees the parameters; sessions must be closed first. */
  @Override
  public void close() {
    state.close();
  }
}
