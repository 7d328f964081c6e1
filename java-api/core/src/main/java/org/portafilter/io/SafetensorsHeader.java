package org.portafilter.io;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.PortafilterException;

/**
 * The JSON at the beginning of a safetensors file, read as strictly as the format says: what a file
 * may not hold is refused, what nobody asks for is not.
 */
final class SafetensorsHeader {
  /** The format's limit, in bytes. */
  static final int MOST_BYTES = 100_000_000;

  private static final String METADATA = "__metadata__";

  /** Bits of an element, by type; of types that came later nothing is known but their bytes. */
  private static final Map<String, Integer> BITS =
      Map.ofEntries(
          Map.entry("BOOL", 8),
          Map.entry("F4", 4),
          Map.entry("F6_E2M3", 6),
          Map.entry("F6_E3M2", 6),
          Map.entry("U8", 8),
          Map.entry("I8", 8),
          Map.entry("F8_E5M2", 8),
          Map.entry("F8_E4M3", 8),
          Map.entry("F8_E8M0", 8),
          Map.entry("F8_E5M2FNUZ", 8),
          Map.entry("F8_E4M3FNUZ", 8),
          Map.entry("I16", 16),
          Map.entry("U16", 16),
          Map.entry("F16", 16),
          Map.entry("BF16", 16),
          Map.entry("I32", 32),
          Map.entry("U32", 32),
          Map.entry("F32", 32),
          Map.entry("I64", 64),
          Map.entry("U64", 64),
          Map.entry("F64", 64),
          Map.entry("C64", 64));

  private final Path file;
  private final long dataBytes;
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private SafetensorsHeader(Path file, long dataBytes) {
    this.file = file;
    this.dataBytes = dataBytes;
  }

  /**
   * Reads and checks a header.
   *
   * @param text its bytes
   * @param dataBytes how many bytes follow it
   */
  static SafetensorsHeader parse(Path file, byte[] text, long dataBytes) {
    SafetensorsHeader header = new SafetensorsHeader(file, dataBytes);
    if (text[0] != '{') {
      throw header.damaged("its header does not begin with {");
    }
    InputStreamReader characters =
        new InputStreamReader(
            new ByteArrayInputStream(text),
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT));
    try (JsonReader json = new JsonReader(characters)) {
      json.setStrictness(Strictness.STRICT);
      header.read(json);
    } catch (CharacterCodingException e) {
      throw header.damaged("its header is not UTF-8");
    } catch (IOException | IllegalStateException | NumberFormatException e) {
      throw header.damaged("its header is not the JSON of a safetensors file");
    }
    header.requireGapless();
    return header;
  }

  Map<String, StoredTensor> tensors() {
    return tensors;
  }

  Map<String, String> metadata() {
    return metadata;
  }

  private PortafilterException damaged(String what) {
    return Safetensors.damaged(file, what);
  }

  private void read(JsonReader json) throws IOException {
    boolean described = false;
    json.beginObject();
    while (json.hasNext()) {
      String name = json.nextName();
      if (!name.equals(METADATA)) {
        StoredTensor tensor = tensor(name, json);
        if (tensors.put(name, tensor) != null) {
          throw damaged("it has two tensors " + name);
        }
      } else if (described) {
        throw damaged("it has " + METADATA + " twice");
      } else {
        described = true;
        readMetadata(json);
      }
    }
    json.endObject();
    if (json.peek() != JsonToken.END_DOCUMENT) {
      throw damaged("its header goes on behind its last }");
    }
  }

  private void readMetadata(JsonReader json) throws IOException {
    json.beginObject();
    while (json.hasNext()) {
      String key = json.nextName();
      if (json.peek() != JsonToken.STRING) {
        throw damaged(
            "its " + METADATA + " may hold texts only, " + key + " is a " + json.peek().name());
      }
      if (metadata.put(key, json.nextString()) != null) {
        throw damaged("its " + METADATA + " has " + key + " twice");
      }
    }
    json.endObject();
  }

  private StoredTensor tensor(String name, JsonReader json) throws IOException {
    String dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    json.beginObject();
    while (json.hasNext()) {
      String key = json.nextName();
      boolean again =
          switch (key) {
            case "dtype" -> dtype != null;
            case "shape" -> shape != null;
            case "data_offsets" -> offsets != null;
            default -> false;
          };
      if (again) {
        throw damaged("tensor " + name + " has " + key + " twice");
      }
      switch (key) {
        case "dtype" -> dtype = text(name, json);
        case "shape" -> shape = numbers(name, json);
        case "data_offsets" -> offsets = numbers(name, json);
        default -> json.skipValue();
      }
    }
    json.endObject();
    return checked(name, dtype, shape, offsets);
  }

  private String text(String name, JsonReader json) throws IOException {
    if (json.peek() != JsonToken.STRING) {
      throw damaged("the dtype of tensor " + name + " is no text");
    }
    return json.nextString();
  }

  private List<Long> numbers(String name, JsonReader json) throws IOException {
    List<Long> numbers = new ArrayList<>();
    json.beginArray();
    while (json.hasNext()) {
      String number = json.peek() == JsonToken.NUMBER ? json.nextString() : "";
      if (!number.matches("[0-9]{1,19}")) {
        throw damaged("sizes and data_offsets of tensor " + name + " must be whole, from 0 on");
      }
      numbers.add(Long.parseLong(number));
    }
    json.endArray();
    return numbers;
  }

  private StoredTensor checked(
      String name,
      @Nullable String dtype,
      @Nullable List<Long> shape,
      @Nullable List<Long> offsets) {
    if (dtype == null || shape == null || offsets == null) {
      throw damaged("tensor " + name + " lacks dtype, shape or data_offsets");
    }
    if (offsets.size() != 2) {
      throw damaged("tensor " + name + " has " + offsets.size() + " data_offsets, expected 2");
    }
    StoredTensor tensor = new StoredTensor(dtype, shape, offsets.get(0), offsets.get(1));
    boolean inside = tensor.begin() <= tensor.end() && tensor.end() <= dataBytes;
    if (!inside || !hasItsBytes(tensor)) {
      throw damaged(
          "tensor %s of %s claims bytes %s to %s of %s"
              .formatted(name, tensor, tensor.begin(), tensor.end(), dataBytes));
    }
    return tensor;
  }

  private boolean hasItsBytes(StoredTensor tensor) {
    Integer bits = BITS.get(tensor.dtype());
    try {
      long count = tensor.shape().contains(0L) ? 0 : 1;
      for (long size : tensor.shape()) {
        count = count == 0 ? 0 : Math.multiplyExact(count, size);
      }
      return bits == null
          || Math.multiplyExact(count, (long) bits)
              == Math.multiplyExact(tensor.end() - tensor.begin(), 8L);
    } catch (ArithmeticException e) {
      return false;
    }
  }

  /** Bytes that belong to no tensor, or to two, would be another file inside this one. */
  private void requireGapless() {
    Comparator<StoredTensor> order =
        Comparator.comparingLong(StoredTensor::begin).thenComparingLong(StoredTensor::end);
    long end = 0;
    for (StoredTensor tensor : tensors.values().stream().sorted(order).toList()) {
      if (tensor.begin() != end) {
        throw damaged("its tensors overlap or leave a gap at byte " + end + " of the data");
      }
      end = tensor.end();
    }
    if (end != dataBytes) {
      throw damaged("its tensors cover " + end + " bytes, it has " + dataBytes);
    }
  }
}
