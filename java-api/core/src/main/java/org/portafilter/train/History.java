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

/** One row of named numbers per epoch, and notes on what the numbers do not say. */
public final class History {
  /** What every row has, before the numbers of a validation. */
  static final List<String> NUMBERS =
      List.of("epoch", "train_loss", "learning_rate", "seconds", "images_per_second");

  private static final String NOTES = "notes";

  /**
   * Something that happened in an epoch: a resumed run with other bits or rates, a state that was
   * restored.
   *
   * @param epoch counted from 1
   * @param text in words, one line
   */
  public record Note(int epoch, String text) {}

  private final List<Map<String, Double>> epochs = new ArrayList<>();
  private final List<Note> notes = new ArrayList<>();

  History() {}

  /**
   * The rows so far, oldest first; keys such as {@code train_loss}, {@code seconds}, {@code
   * accuracy}.
   */
  public List<Map<String, Double>> epochs() {
    return Collections.unmodifiableList(epochs);
  }

  /**
   * What happened that the numbers do not say, oldest first; most runs have none. Where there are
   * some, JSON and CSV have them as {@code notes} of their epoch's row.
   */
  public List<Note> notes() {
    return Collections.unmodifiableList(notes);
  }

  /** A row with these {@link #NUMBERS}. */
  static Map<String, Double> row(double... numbers) {
    Map<String, Double> row = new LinkedHashMap<>();
    for (int i = 0; i < numbers.length; i++) {
      row.put(NUMBERS.get(i), numbers[i]);
    }
    return row;
  }

  void add(Map<String, Double> epoch) {
    epochs.add(new LinkedHashMap<>(epoch));
  }

  void note(int epoch, String text) {
    notes.add(new Note(epoch, text));
  }

  private List<String> notes(int epoch) {
    return notes.stream().filter(note -> note.epoch() == epoch).map(Note::text).toList();
  }

  /** The rows as a JSON array of objects. */
  public String toJson() {
    JsonArray rows = json();
    for (int i = 0; i < epochs.size(); i++) {
      JsonArray texts = new JsonArray();
      notes(i + 1).forEach(texts::add);
      if (!texts.isEmpty()) {
        rows.get(i).getAsJsonObject().add(NOTES, texts);
      }
    }
    return new GsonBuilder().setPrettyPrinting().serializeNulls().create().toJson(rows);
  }

  /** The rows as CSV (RFC 4180): one column per key, in order of first use; empty where absent. */
  public String toCsv() {
    Set<String> columns = new LinkedHashSet<>();
    epochs.forEach(epoch -> columns.addAll(epoch.keySet()));
    StringBuilder text = new StringBuilder(String.join(",", columns));
    text.append(notes.isEmpty() ? "\n" : "," + NOTES + "\n");
    for (int i = 0; i < epochs.size(); i++) {
      Map<String, Double> epoch = epochs.get(i);
      text.append(
              columns.stream()
                  .map(column -> epoch.containsKey(column) ? epoch.get(column).toString() : "")
                  .collect(Collectors.joining(",")))
          .append(notes.isEmpty() ? "" : "," + quoted(String.join("; ", notes(i + 1))))
          .append('\n');
    }
    return text.toString();
  }

  private static String quoted(String text) {
    return text.isEmpty() ? "" : '"' + text.replace("\"", "\"\"") + '"';
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
      row.getAsJsonObject().entrySet().stream()
          .filter(e -> !e.getKey().equals(NOTES))
          .forEach(
              e ->
                  epoch.put(
                      e.getKey(),
                      e.getValue().isJsonNull() ? Double.NaN : e.getValue().getAsDouble()));
      epochs.add(epoch);
    }
  }

  JsonArray notesJson() {
    JsonArray all = new JsonArray();
    for (Note note : notes) {
      JsonObject json = new JsonObject();
      json.addProperty("epoch", note.epoch());
      json.addProperty("text", note.text());
      all.add(json);
    }
    return all;
  }

  void restoreNotes(JsonArray all) {
    notes.clear();
    for (JsonElement note : all) {
      JsonObject json = note.getAsJsonObject();
      notes.add(new Note(json.get("epoch").getAsInt(), json.get("text").getAsString()));
    }
  }

  /** Takes over another's rows and notes. */
  void become(History other) {
    epochs.clear();
    epochs.addAll(other.epochs);
    notes.clear();
    notes.addAll(other.notes);
  }
}
