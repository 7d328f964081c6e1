package org.portafilter.io;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.portafilter.graph.Families;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Node;
import org.portafilter.graph.NormOp;
import org.portafilter.graph.Op;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;

/**
 * Graphs as JSON. An op is written as its name and its record components, so that a new op needs no
 * code here; a value is {@code "node:output"}.
 */
final class GraphJson {
  /** A list of real numbers; all others are of whole ones. */
  private static final String NUMBERS = "java.util.List<java.lang.Double>";

  private static final Map<String, Class<?>> OPS = Families.byName();

  /** Attributes of batch norms and convolutions that files written before them lack. */
  private static final Map<String, JsonElement> DEFAULTS =
      Map.of("activation", new JsonPrimitive("IDENTITY"), "residual", new JsonPrimitive(false));

  private GraphJson() {}

  static JsonObject write(Graph graph) {
    JsonArray nodes = new JsonArray();
    for (Node node : graph.nodes()) {
      Op op = node.op();
      if (OPS.get(op.name()) != op.getClass() || !op.isSaved()) {
        throw new PortafilterException(
            "%s: a model file holds only ops of the library that a network computes with, got %s (%s); put the layer together from those"
                .formatted(node.path(), op.name(), op.getClass().getName()));
      }
      JsonObject json = new JsonObject();
      json.addProperty("path", node.path());
      json.addProperty("op", op.name());
      JsonObject attributes = record((Record) op);
      if (attributes.size() > 0) {
        json.add("attributes", attributes);
      }
      if (!node.inputs().isEmpty()) {
        JsonArray inputs = new JsonArray();
        node.inputs().forEach(v -> inputs.add(text(v)));
        json.add("inputs", inputs);
      }
      nodes.add(json);
    }
    JsonObject outputs = new JsonObject();
    graph.outputs().forEach((name, value) -> outputs.addProperty(name, text(value)));
    JsonObject updates = new JsonObject();
    graph.updates().forEach(update -> updates.addProperty(update.path(), text(update.value())));
    JsonObject json = new JsonObject();
    json.add("nodes", nodes);
    json.add("outputs", outputs);
    json.add("updates", updates);
    return json;
  }

  private static String text(Value value) {
    return value.node() + ":" + value.output();
  }

  private static JsonObject record(Record record) {
    JsonObject json = new JsonObject();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        json.add(component.getName(), element(component.getAccessor().invoke(record)));
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException("reading " + component, e);
      }
    }
    return json;
  }

  private static JsonElement element(Object value) {
    if (value instanceof Number number) {
      return new JsonPrimitive(number);
    }
    if (value instanceof Boolean bool) {
      return new JsonPrimitive(bool);
    }
    if (value instanceof Enum<?> constant) {
      return new JsonPrimitive(constant.name());
    }
    if (value instanceof List<?> list) {
      JsonArray array = new JsonArray();
      list.forEach(item -> array.add(element(item)));
      return array;
    }
    return record((Record) value);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws PortafilterException when an op is unknown or a path or value cannot be; broken
   *     structure shows as the parser's own unchecked exceptions, which the caller translates
   */
  static Graph read(JsonObject json) {
    Graph.Builder graph = new Graph.Builder();
    for (JsonElement element : json.getAsJsonArray("nodes")) {
      JsonObject node = element.getAsJsonObject();
      List<Value> inputs = new ArrayList<>();
      if (node.has("inputs")) {
        node.getAsJsonArray("inputs")
            .forEach(v -> inputs.add(value(v.getAsString(), graph.size())));
      }
      String name = node.get("op").getAsString();
      Class<?> type = OPS.get(name);
      if (type == null) {
        throw unread(name);
      }
      JsonObject attributes =
          node.has("attributes") ? node.getAsJsonObject("attributes") : new JsonObject();
      Op op = (Op) instance(type, attributes);
      if (!op.isSaved()) {
        throw unread(name);
      }
      int before = graph.size();
      graph.add(node.get("path").getAsString(), op, inputs);
      if (graph.size() != before + 1) {
        throw new PortafilterException("the graph holds " + node.get("path") + " twice");
      }
    }
    int size = graph.size();
    json.getAsJsonObject("outputs")
        .entrySet()
        .forEach(o -> graph.name(o.getKey(), value(o.getValue().getAsString(), size)));
    json.getAsJsonObject("updates")
        .entrySet()
        .forEach(u -> graph.update(u.getKey(), value(u.getValue().getAsString(), size)));
    return graph.build();
  }

  private static PortafilterException unread(String name) {
    return new PortafilterException(
        "the graph holds an op '" + name + "' that this version does not read");
  }

  private static Value value(String text, int nodes) {
    int colon = text.indexOf(':');
    Value value =
        new Value(
            Integer.parseInt(text.substring(0, colon)),
            Integer.parseInt(text.substring(colon + 1)));
    if (value.node() < 0 || value.node() >= nodes || value.output() < 0 || value.output() > 4096) {
      throw new PortafilterException(
          "the graph refers to value " + text + ", which does not exist");
    }
    return value;
  }

  private static Object instance(Class<?> type, JsonObject json) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      String name = components[i].getName();
      boolean norm = NormOp.class.isAssignableFrom(type);
      boolean defaults = !json.has(name) && (norm || name.equals("residual"));
      JsonElement element = defaults ? DEFAULTS.get(name) : json.get(name);
      values[i] =
          components[i].getGenericType().toString().equals(NUMBERS)
              ? numbers(element)
              : value(types[i], element);
    }
    try {
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      throw new PortafilterException(
          "the graph's JSON is damaged (" + PortafilterException.reason(e.getCause()) + ")", e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("constructing " + type, e);
    }
  }

  private static List<Double> numbers(JsonElement json) {
    List<Double> numbers = new ArrayList<>();
    json.getAsJsonArray().forEach(item -> numbers.add(item.getAsDouble()));
    return numbers;
  }

  private static Object value(Class<?> type, JsonElement json) {
    if (type == int.class) {
      return json.getAsInt();
    }
    if (type == double.class) {
      return json.getAsDouble();
    }
    if (type == boolean.class) {
      return json.getAsBoolean();
    }
    if (type.isEnum()) {
      for (Object constant : type.getEnumConstants()) {
        if (((Enum<?>) constant).name().equals(json.getAsString())) {
          return constant;
        }
      }
      throw new IllegalArgumentException("unknown " + type.getSimpleName() + " " + json);
    }
    if (type == List.class) {
      List<Integer> list = new ArrayList<>();
      json.getAsJsonArray().forEach(item -> list.add(item.getAsInt()));
      return list;
    }
    return instance(type, json.getAsJsonObject());
  }
}
