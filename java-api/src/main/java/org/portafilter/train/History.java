package org.portafilter.train;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.portafilter.device.AtomicFile;

/** One row of named numbers per epoch. */
public final class History {
  private final List<Map<String, Double>> epochs = new ArrayList<>();

  History() {}

  /**
   * The rows so far, oldest first; keys such as {@code train_loss}, {@code seconds}, {@code
   * accuracy}.
   */
  public List<Map<String, Double>> epochs() {
    return Collections.unmodifiableList(epochs);
  }

  void add(Map<String, Double> epoch) {
    epochs.add(new LinkedHashMap<>(epoch));
  }

  /** The rows as a JSON array of objects. */
  public String toJson() {
    return new GsonBuilder().setPrettyPrinting().serializeNulls().create().toJson(json());
  }

  /** The rows as CSV (RFC 4180): one column per key, in order of first use; empty where absent. */
  public String toCsv() {
    Set<String> columns = new LinkedHashSet<>();
    epochs.forEach(epoch -> columns.addAll(epoch.keySet()));
    StringBuilder text = new StringBuilder(String.join(",", columns)).append('\n');
    for (Map<String, Double> epoch : epochs) {
      text.append(
              columns.stream()
                  .map(column -> epoch.containsKey(column) ? epoch.get(column).toString() : "")
                  .collect(Collectors.joining(",")))
          .append('\n');
    }
    return text.toString();
  }

  /**
   * Writes the rows to a file, atomically: as CSV when its name ends in {@code .csv}, else as JSON.
   */
  public void save(Path file) {
    boolean csv = file.getFileName().toString().endsWith(".csv");
    byte[] bytes = (csv ? toCsv() : toJson() + "\n").getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(file, bytes);
  }

  JsonArray json() {
    JsonArray rows = new JsonArray();
    for (Map<String, Double> epoch : epochs) {
      JsonObject row = new JsonObject();
      epoch.forEach(
          (key, value) ->
              row.add(key, Double.isFinite(value) ? new JsonPrimitive(value) : JsonNull.INSTANCE));
      rows.add(row);
    }
    return rows;
  }

  void restore(JsonArray rows) {
    epochs.clear();
    for (JsonElement row : rows) {
      Map<String, Double> epoch = new LinkedHashMap<>();
      row.getAsJsonObject()
          .entrySet()
          .forEach(
              e ->
                  epoch.put(
                      e.getKey(),
                      e.getValue().isJsonNull() ? Double.NaN : e.getValue().getAsDouble()));
      epochs.add(epoch);
    }
  }
}
