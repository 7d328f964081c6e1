package org.portafilter.train;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.io.AtomicFile;

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
    return new GsonBuilder().setPrettyPrinting().create().toJson(json());
  }

  /** Writes {@link #toJson} to a file, atomically. */
  public void save(Path file) {
    byte[] bytes = (toJson() + "\n").getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer buffer = ByteBuffer.wrap(bytes);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
        });
  }

  JsonArray json() {
    JsonArray rows = new JsonArray();
    for (Map<String, Double> epoch : epochs) {
      JsonObject row = new JsonObject();
      epoch.forEach(row::addProperty);
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
          .forEach(e -> epoch.put(e.getKey(), e.getValue().getAsDouble()));
      epochs.add(epoch);
    }
  }
}
