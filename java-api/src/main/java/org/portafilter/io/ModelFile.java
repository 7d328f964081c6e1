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
import org.portafilter.device.Device;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Node;
import org.portafilter.graph.StateOp;
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

  private ModelFile() {}

  /**
   * Saves the network's parameters, statistics and graph, atomically; optimizer moments are left
   * out.
   */
  public static void save(Network net, Path file) {
    Set<String> paths = statePaths(net.graph());
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
    return metadata;
  }

  /**
   * Loads a network.
   *
   * @throws PortafilterException when the file is missing, damaged, or not one of this library's
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
   *
   * @return what was read and what was not
   * @throws PortafilterException when the file is missing or damaged, or nothing fits
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
    List<String> missing = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    Set<String> unused = new LinkedHashSet<>(source.types().keySet());
    for (String path : statePaths(net.graph())) {
      String name = nameInFile.apply(path);
      ValueType type = source.types().get(name);
      unused.remove(name);
      if (type == null) {
        missing.add(path);
      } else if (!type.equals(net.state().get(path).type())) {
        misshapen.add(path);
      } else {
        source.read(name, net.state().get(path));
        read.add(path);
      }
    }
    if (read.isEmpty()) {
      throw new PortafilterException(
          "%s: none of its tensors %s fits the network, which has %s"
              .formatted(file, source.types(), statePaths(net.graph())));
    }
    return new ReadWeights(read, missing, misshapen, List.copyOf(unused));
  }

  private static PortafilterException damaged(Path file, RuntimeException e) {
    return new PortafilterException(
        file + ": its description of the network is damaged (" + e.getMessage() + ")", e);
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
    Map<String, ValueType> types = new LinkedHashMap<>();
    for (String path : statePaths(graph)) {
      ValueType type = source.types().get(path);
      if (type == null) {
        throw new PortafilterException(
            source.file() + ": the graph needs tensor " + path + ", the file has none");
      }
      types.put(path, type);
    }
    if (!types.keySet().containsAll(trainable)) {
      throw new PortafilterException(
          source.file() + ": its list of trained parameters names others than its graph");
    }
    State state = new State(device);
    try {
      state.define(types);
      types.keySet().forEach(path -> source.read(path, state.get(path)));
      DType working = DType.valueOf(json.get("working").getAsString());
      Network net = Network.of(graph, Shape.of(input), device, state, trainable, working);
      frozen.forEach(path -> net.freeze(Pattern.quote(path)));
      requireSound(source.file(), net);
      return net;
    } catch (RuntimeException e) {
      state.close();
      throw e;
    }
  }

  /** The state entries a graph reads, in the order it reads them. */
  private static Set<String> statePaths(Graph graph) {
    Set<String> paths = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      if (node.op() instanceof StateOp) {
        paths.add(node.path());
      }
    }
    return paths;
  }
}
