package org.portafilter.io;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.portafilter.device.AtomicFile;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Tensor;

/**
 * The safetensors format: eight bytes with the length of a JSON header, the header, then the
 * tensors' bytes, little-endian, row-major, without gaps. A file is opened by its header; tensors
 * are read when asked for.
 */
public final class Safetensors {
  private static final long MOST_HEADER = 100L << 20;
  private static final int CHUNK = 1 << 24;

  private final Path file;
  private final long dataStart;
  private final Map<String, Entry> entries;
  private final Map<String, String> metadata;

  /** Where one tensor lies in the data part. */
  private record Entry(ValueType type, long begin, long end) {}

  private Safetensors(
      Path file, long dataStart, Map<String, Entry> entries, Map<String, String> metadata) {
    this.file = file;
    this.dataStart = dataStart;
    this.entries = entries;
    this.metadata = metadata;
  }

  /** Writes tensors in the order given, atomically. */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    byte[] header = header(tensors, metadata);
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          writeFully(channel, length.putLong(0, header.length));
          writeFully(channel, ByteBuffer.wrap(header));
          ByteBuffer part = ByteBuffer.allocateDirect(CHUNK);
          for (Tensor tensor : tensors.values()) {
            for (long at = 0; at < tensor.type().bytes(); at += CHUNK) {
              part.clear().limit((int) Math.min(CHUNK, tensor.type().bytes() - at));
              tensor.read(at, part);
              writeFully(channel, part.flip());
            }
          }
        });
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static byte[] header(Map<String, Tensor> tensors, Map<String, String> metadata) {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setHtmlSafe(false);
      json.beginObject();
      if (!metadata.isEmpty()) {
        json.name("__metadata__").beginObject();
        for (Map.Entry<String, String> item : metadata.entrySet()) {
          json.name(item.getKey()).value(item.getValue());
        }
        json.endObject();
      }
      long offset = 0;
      for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
        ValueType type = tensor.getValue().type();
        json.name(tensor.getKey()).beginObject();
        json.name("dtype").value(type.dtype().safetensorsName());
        json.name("shape").beginArray();
        for (long dim : type.shape().dims()) {
          json.value(dim);
        }
        json.endArray();
        json.name("data_offsets")
            .beginArray()
            .value(offset)
            .value(offset + type.bytes())
            .endArray();
        json.endObject();
        offset += type.bytes();
      }
      json.endObject();
    } catch (IOException e) {
      throw new IllegalStateException("a StringWriter does not fail", e);
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    byte[] padded = java.util.Arrays.copyOf(bytes, (bytes.length + 7) / 8 * 8);
    java.util.Arrays.fill(padded, bytes.length, padded.length, (byte) ' ');
    return padded;
  }

  /**
   * Reads and checks a header.
   *
   * @throws PortafilterException when the file is missing, truncated or not a safetensors file
   */
  public static Safetensors open(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      if (size < 8 || !readFully(channel, length, 0)) {
        throw damaged(file, "it has " + size + " bytes, too few for a header");
      }
      long headerBytes = length.getLong(0);
      if (headerBytes < 2 || headerBytes > MOST_HEADER || headerBytes > size - 8) {
        throw damaged(file, "its header claims " + headerBytes + " bytes of a file of " + size);
      }
      ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
      readFully(channel, header, 8);
      String text = new String(header.array(), StandardCharsets.UTF_8);
      return parse(file, text, 8 + headerBytes, size - 8 - headerBytes);
    } catch (NoSuchFileException e) {
      throw new PortafilterException(file + ": no such file", e);
    } catch (IOException e) {
      throw new PortafilterException(file + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private static Safetensors parse(Path file, String text, long dataStart, long dataBytes) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    try {
      JsonObject header = JsonParser.parseString(text).getAsJsonObject();
      for (Map.Entry<String, JsonElement> item : header.entrySet()) {
        JsonObject value = item.getValue().getAsJsonObject();
        if (item.getKey().equals("__metadata__")) {
          value.entrySet().forEach(m -> metadata.put(m.getKey(), m.getValue().getAsString()));
        } else {
          entries.put(item.getKey(), entry(file, item.getKey(), value, dataBytes));
        }
      }
    } catch (JsonParseException
        | IllegalStateException
        | NumberFormatException
        | ClassCastException
        | UnsupportedOperationException
        | StackOverflowError e) {
      throw damaged(file, "its header is not the JSON of a safetensors file");
    }
    requireGapless(file, entries, dataBytes);
    return new Safetensors(file, dataStart, entries, metadata);
  }

  private static void requireGapless(Path file, Map<String, Entry> entries, long dataBytes) {
    long end = 0;
    for (Entry entry :
        entries.values().stream().sorted(Comparator.comparingLong(Entry::begin)).toList()) {
      if (entry.begin != end && entry.begin != entry.end) {
        throw damaged(file, "its tensors overlap or leave a gap at byte " + end + " of the data");
      }
      end = Math.max(end, entry.end);
    }
    if (end != dataBytes) {
      throw damaged(file, "its tensors cover " + end + " bytes, it has " + dataBytes);
    }
  }

  private static Entry entry(Path file, String name, JsonObject value, long dataBytes) {
    if (!value.has("dtype") || !value.has("shape") || !value.has("data_offsets")) {
      throw damaged(file, "tensor " + name + " lacks dtype, shape or data_offsets");
    }
    var dims = value.getAsJsonArray("shape");
    long[] shape = new long[dims.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = dims.get(i).getAsLong();
    }
    var offsets = value.getAsJsonArray("data_offsets");
    if (offsets.size() != 2) {
      throw damaged(
          file, "tensor " + name + " has " + offsets.size() + " data_offsets, expected 2");
    }
    ValueType type;
    try {
      type = new ValueType(Shape.of(shape), dtype(file, name, value.get("dtype").getAsString()));
    } catch (org.portafilter.shape.ShapeException e) {
      throw damaged(file, "tensor " + name + ": " + e.getMessage());
    }
    long begin = offsets.get(0).getAsLong();
    long end = offsets.get(1).getAsLong();
    boolean fits = begin >= 0 && begin <= end && end <= dataBytes;
    if (!fits || type.shape().count() > dataBytes || end - begin != type.bytes()) {
      throw damaged(
          file,
          "tensor %s of %s claims bytes %d to %d of %d"
              .formatted(name, type, begin, end, dataBytes));
    }
    return new Entry(type, begin, end);
  }

  private static DType dtype(Path file, String tensor, String name) {
    for (DType dtype : DType.values()) {
      if (dtype.safetensorsName().equals(name)) {
        return dtype;
      }
    }
    throw new PortafilterException(
        file + ": tensor " + tensor + " has element type " + name + ", which is not supported");
  }

  private static PortafilterException damaged(Path file, String what) {
    return new PortafilterException(file + ": not a whole safetensors file: " + what);
  }

  /** Types of all tensors, by name, in the order of the header. */
  public Map<String, ValueType> types() {
    Map<String, ValueType> types = new LinkedHashMap<>();
    entries.forEach((name, entry) -> types.put(name, entry.type()));
    return types;
  }

  /** The file's own key-value texts. */
  public Map<String, String> metadata() {
    return java.util.Collections.unmodifiableMap(metadata);
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** Reads one tensor's bytes into a tensor of the same type. */
  public void read(String name, Tensor into) {
    Entry entry = entries.get(name);
    if (entry == null || !entry.type().equals(into.type())) {
      throw new PortafilterException(
          "%s: expected tensor %s of %s, got %s"
              .formatted(file, name, into.type(), entry == null ? "none" : entry.type()));
    }
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer part = ByteBuffer.allocateDirect((int) Math.min(CHUNK, entry.type().bytes()));
      for (long at = 0; at < entry.type().bytes(); at += CHUNK) {
        part.clear().limit((int) Math.min(CHUNK, entry.type().bytes() - at));
        if (!readFully(channel, part, dataStart + entry.begin() + at)) {
          throw damaged(file, "it ends inside tensor " + name);
        }
        into.write(at, part.flip());
      }
    } catch (IOException e) {
      throw new PortafilterException(file + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private static boolean readFully(FileChannel channel, ByteBuffer into, long position)
      throws IOException {
    while (into.hasRemaining()) {
      int count = channel.read(into, position);
      if (count < 0) {
        return false;
      }
      position += count;
    }
    return true;
  }
}
