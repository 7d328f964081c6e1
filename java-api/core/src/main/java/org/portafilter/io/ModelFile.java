package org.portafilter.io;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.portafilter.data.ImageSpec;
import org.portafilter.device.Device;
import org.portafilter.graph.Graph;
import org.portafilter.nn.Network;
import org.portafilter.plan.State;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Tensor;

/**
 * A network as one safetensors file: its tensors by path, and its graph as JSON in the metadata, so
 * that Python tools open it and Java needs no code to rebuild it.
 *
 * <pre>{@code
 * ModelFile.save(net, Path.of("lenet.safetensors"));
 * try (Network again = ModelFile.load(Path.of("lenet.safetensors"), Device.cpu())) { ... }
 * }</pre>
 */
public final class ModelFile {
  /** Raised when a file of this version cannot be read by the last one. */
  private static final String FORMAT = "1";

  private static final String FORMAT_KEY = "portafilter.format";
  private static final String NETWORK_KEY = "portafilter.network";
  private static final String CLASSES_KEY = "portafilter.classes";
  private static final String IMAGE_KEY = "portafilter.image";

  /**
   * The metadata entry with the element types that the network takes, joined by commas, the
   * preferred one first; it says how the network was used, not which it is.
   */
  public static final String INPUTS_KEY = "portafilter.inputs";

  private ModelFile() {}

  /**
   * Saves the network's parameters, statistics and graph, atomically, with the names of its classes
   * and the images it was made for where they are known; optimizer moments are left out.
   */
  public static void save(Network net, Path file) {
    Set<String> paths = net.graph().states().keySet();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    paths.forEach(path -> tensors.put(path, net.state().get(path)));
    Safetensors.write(file, tensors, metadata(net));
  }

  /** The entries that describe a network in a file's metadata. */
  public static Map<String, String> metadata(Network net) {
    JsonArray input = new JsonArray();
    for (long dim : net.input().dims()) {
      input.add(dim);
    }
    JsonArray trainable = new JsonArray();
    net.trainable().forEach(trainable::add);
    JsonObject json = new JsonObject();
    json.add("input", input);
    json.addProperty("working", net.working().name());
    json.add("trainable", trainable);
    if (!net.frozen().isEmpty()) {
      JsonArray frozen = new JsonArray();
      net.frozen().forEach(frozen::add);
      json.add("frozen", frozen);
    }
    json.add("graph", GraphJson.write(net.graph()));
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(FORMAT_KEY, FORMAT);
    metadata.put(NETWORK_KEY, json.toString());
    metadata.put(
        INPUTS_KEY, net.inputTypes().stream().map(DType::name).collect(Collectors.joining(",")));
    if (!net.classes().isEmpty()) {
      metadata.put(CLASSES_KEY, NetworkNotes.classes(net.classes()));
    }
    if (net.image() != null) {
      metadata.put(IMAGE_KEY, NetworkNotes.image(net.image()));
    }
    return metadata;
  }

  /**
   * Whether an entry of {@link #metadata} says which network it is; the others say what its inputs
   * and outputs mean, which older files leave open.
   */
  public static boolean isIdentity(String key) {
    return key.equals(FORMAT_KEY) || key.equals(NETWORK_KEY);
  }

  /**
   * Takes what a file says about the meaning of inputs and outputs where the network says nothing.
   *
   * @throws PortafilterException when both say something, and not the same; or what the file says
   *     is damaged or does not fit the network
   */
  public static void takeNotes(Safetensors source, Network net) {
    String classes = source.metadata().get(CLASSES_KEY);
    String image = source.metadata().get(IMAGE_KEY);
    try {
      if (classes != null) {
        List<String> names = NetworkNotes.classes(classes);
        requireSame("the classes ", names, net.classes().isEmpty() ? names : net.classes());
        net.classes(names);
      }
      if (image != null) {
        ImageSpec images = NetworkNotes.image(image);
        requireSame("the images ", images, net.image() == null ? images : net.image());
        net.image(images);
      }
    } catch (PortafilterException e) {
      throw new PortafilterException(source.file() + ": " + e.getMessage(), e);
    }
  }

  private static void requireSame(String what, Object file, Object network) {
    if (!file.equals(network)) {
      throw new PortafilterException(
          "it was made with " + what + file + ", this network has " + network);
    }
  }

  /**
   * Loads a network. It computes in the type it was saved with; values that were narrowed or
   * widened in the file since (to {@code F16}, {@code BF16}, {@code F32} or {@code F64}) are given
   * that type.
   *
   * @throws PortafilterException when the file is missing, damaged, or not one of this library's,
   *     or has a number that {@code FLOAT32} has no finite one for
   */
  public static Network load(Path file, Device device) {
    Safetensors source = Safetensors.open(file);
    String format = source.metadata().get(FORMAT_KEY);
    String network = source.metadata().get(NETWORK_KEY);
    if (format == null || network == null) {
      throw new PortafilterException(
          file + ": a safetensors file without a Portafilter graph; it holds tensors only");
    }
    if (!format.equals(FORMAT)) {
      throw new PortafilterException(
          file
              + ": format version "
              + format
              + ", this version reads "
              + FORMAT
              + "; use a newer Portafilter");
    }
    try {
      return build(source, JsonParser.parseString(network).getAsJsonObject(), device);
    } catch (PortafilterException e) {
      throw e;
    } catch (RuntimeException e) {
      // Broken structure shows in many ways: in the parser, in casts, in numbers that cannot be.
      throw damaged(file, e);
    }
  }

  /**
   * Reads the values of a safetensors file into a network by name, where both have a tensor of the
   * same shape; the others stay as they are. For a network that begins with another's layers.
   * Values in {@code F16}, {@code BF16}, {@code F32} and {@code F64} become the network's type, as
   * {@link Safetensors#read} says. The file's class names and images are not taken over.
   *
   * @return what was read, how, and what was not
   * @throws PortafilterException when the file is missing or damaged, nothing fits, or a number is
   *     too large for the network's type; the network is as it was then
   */
  public static ReadWeights readMatching(Path file, Network net) {
    return readMatching(file, net, path -> path);
  }

  /**
   * The same where the file has names of its own, as those of other libraries do: PyTorch's {@code
   * conv1.weight} is our {@code conv1/weights}, both O x I x H x W.
   *
   * @param nameInFile the file's name for a path of ours
   */
  public static ReadWeights readMatching(Path file, Network net, UnaryOperator<String> nameInFile) {
    Safetensors source = Safetensors.open(file);
    List<String> read = new ArrayList<>();
    List<ReadWeights.Conversion> converted = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    List<String> mistyped = new ArrayList<>();
    Set<String> unused = new LinkedHashSet<>(source.tensors().keySet());
    for (String path : net.graph().states().keySet()) {
      String name = nameInFile.apply(path);
      StoredTensor stored = source.tensors().get(name);
      ValueType type = net.state().get(path).type();
      unused.remove(name);
      if (stored == null) {
        missing.add(path);
      } else if (!stored.hasShape(type.shape())) {
        misshapen.add(path);
      } else if (!Safetensors.reads(stored, type)) {
        mistyped.add(path);
      } else {
        source.requireInRange(name, type.dtype());
        read.add(path);
        if (!type.equals(stored.type())) {
          converted.add(new ReadWeights.Conversion(path, stored.dtype(), type.dtype()));
        }
      }
    }
    if (read.isEmpty()) {
      throw new PortafilterException(
          "%s: none of its tensors %s fits the network, which has %s"
              .formatted(file, source.tensors(), net.graph().states().keySet()));
    }
    read.forEach(path -> source.copy(nameInFile.apply(path), net.state().get(path)));
    return new ReadWeights(read, converted, missing, misshapen, mistyped, List.copyOf(unused));
  }

  private static PortafilterException damaged(Path file, RuntimeException e) {
    return new PortafilterException(
        file
            + ": its description of the network is damaged ("
            + PortafilterException.reason(e)
            + ")",
        e);
  }

  private static Graph graph(Path file, JsonObject json) {
    try {
      return GraphJson.read(json);
    } catch (PortafilterException e) {
      throw damaged(file, e);
    }
  }

  /** Infers every shape once, so that a graph that does not fit its tensors fails here. */
  private static void requireSound(Path file, Network net) {
    try {
      net.output();
    } catch (RuntimeException e) {
      throw damaged(file, e);
    }
  }

  private static Network build(Safetensors source, JsonObject json, Device device) {
    Graph graph = graph(source.file(), json.getAsJsonObject("graph"));
    JsonArray dims = json.getAsJsonArray("input");
    long[] input = new long[dims.size()];
    for (int i = 0; i < input.length; i++) {
      input[i] = dims.get(i).getAsLong();
    }
    Set<String> trainable = new LinkedHashSet<>();
    json.getAsJsonArray("trainable").forEach(path -> trainable.add(path.getAsString()));
    Set<String> frozen = new LinkedHashSet<>();
    if (json.has("frozen")) {
      json.getAsJsonArray("frozen").forEach(path -> frozen.add(path.getAsString()));
    }
    trainable.addAll(frozen);
    DType working = DType.valueOf(json.get("working").getAsString());
    Map<String, ValueType> types = types(source, graph, working);
    if (!types.keySet().containsAll(trainable)) {
      throw new PortafilterException(
          source.file() + ": its list of trained parameters names others than its graph");
    }
    State state = new State(device);
    try {
      state.define(types);
      types.keySet().forEach(path -> source.read(path, state.get(path)));
      Network net = Network.of(graph, Shape.of(input), device, state, trainable, working);
      frozen.forEach(path -> net.freeze(Pattern.quote(path)));
      prefer(source, net);
      requireSound(source.file(), net);
      takeNotes(source, net);
      return net;
    } catch (RuntimeException e) {
      state.close();
      throw e;
    }
  }

  /** What the graph's values are in memory, whatever the file keeps them in. */
  private static Map<String, ValueType> types(Safetensors source, Graph graph, DType working) {
    Map<String, ValueType> types = new LinkedHashMap<>();
    for (String path : graph.states().keySet()) {
      StoredTensor stored = source.tensors().get(path);
      ValueType type = stored == null ? null : stored.type();
      if (type == null) {
        throw new PortafilterException(
            "%s: the graph needs tensor %s, the file has %s"
                .formatted(source.file(), path, stored == null ? "none" : stored));
      }
      boolean converted = StoredFloats.convert(type.dtype().safetensorsName(), working);
      types.put(path, converted ? type.withDtype(working) : type);
    }
    return types;
  }

  /** Files of earlier versions do not say which type they prefer. */
  private static void prefer(Safetensors source, Network net) {
    String inputs = source.metadata().get(INPUTS_KEY);
    try {
      if (inputs != null) {
        net.preferredInput(DType.valueOf(inputs.split(",")[0]));
      }
    } catch (RuntimeException e) {
      throw damaged(source.file(), e);
    }
  }
}
