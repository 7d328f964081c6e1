package org.portafilter.io;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.portafilter.device.AtomicFile;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Tensor;

/**
 * The safetensors format: eight bytes with the length of a JSON header, the header, then the
 * tensors' bytes, little-endian, row-major, without gaps. A file is opened by its header; tensors
 * are read when asked for, those of floating-point numbers into {@code FLOAT32} or {@code FLOAT64}
 * whatever their own width is.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public final class Safetensors {
  /** Bytes written or read at a time. */
  private static final int CHUNK = AtomicFile.PIECE;

  /** Elements converted at a time. */
  private static final int FEW = 1 << 17;

  private final Path file;
  private final long dataStart;
  private final Map<String, StoredTensor> tensors;
  private final Map<String, String> metadata;

  private Safetensors(Path file, long dataStart, SafetensorsHeader header) {
    this.file = file;
    this.dataStart = dataStart;
    this.tensors = Collections.unmodifiableMap(header.tensors());
    this.metadata = Collections.unmodifiableMap(header.metadata());
  }

  /** Writes tensors in the order given, atomically. */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    byte[] header = header(tensors, metadata);
    if (header.length > SafetensorsHeader.MOST_BYTES) {
      throw new PortafilterException(
          "%s: a safetensors header holds %s bytes at most, names and metadata need %s"
              .formatted(file, SafetensorsHeader.MOST_BYTES, header.length));
    }
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          AtomicFile.writeFully(channel, length.putLong(0, header.length));
          AtomicFile.writeFully(channel, ByteBuffer.wrap(header));
          ByteBuffer part = ByteBuffer.allocate(CHUNK);
          for (Tensor tensor : tensors.values()) {
            for (long at = 0; at < tensor.type().bytes(); at += CHUNK) {
              part.clear().limit((int) Math.min(CHUNK, tensor.type().bytes() - at));
              tensor.read(at, part);
              AtomicFile.writeFully(channel, part.flip());
            }
          }
        });
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
    byte[] padded = Arrays.copyOf(bytes, (bytes.length + 7) / 8 * 8);
    Arrays.fill(padded, bytes.length, padded.length, (byte) ' ');
    return padded;
  }

  /**
   * Reads and checks a header.
   *
   * @throws PortafilterException when the file is missing, truncated or not a safetensors file
   */
  public static Safetensors open(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new PortafilterException(
          file + (Files.isDirectory(file) ? ": is a folder, not a file" : ": is no regular file"));
    }
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      if (size < 8 || !readFully(channel, length, 0)) {
        throw damaged(file, "it has " + size + " bytes, too few for a header");
      }
      long headerBytes = length.getLong(0);
      if (headerBytes < 2 || headerBytes > size - 8) {
        throw damaged(
            file,
            "its header claims %s bytes of a file of %s"
                .formatted(Long.toUnsignedString(headerBytes), size));
      }
      if (headerBytes > SafetensorsHeader.MOST_BYTES) {
        throw damaged(
            file,
            "its header claims %s bytes, the format allows %s"
                .formatted(headerBytes, SafetensorsHeader.MOST_BYTES));
      }
      ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
      if (!readFully(channel, header, 8)) {
        throw damaged(file, "it ends inside its header");
      }
      long start = 8 + headerBytes;
      return new Safetensors(
          file, start, SafetensorsHeader.parse(file, header.array(), size - start));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static PortafilterException unreadable(Path file, IOException e) {
    return e instanceof NoSuchFileException
        ? new PortafilterException(file + ": no such file", e)
        : new PortafilterException(
            file + ": cannot be read (" + PortafilterException.reason(e) + ")", e);
  }

  static PortafilterException damaged(Path file, String what) {
    return new PortafilterException(file + ": not a whole safetensors file: " + what);
  }

  /** All tensors, by name, in the order of the header. */
  public Map<String, StoredTensor> tensors() {
    return tensors;
  }

  /**
   * Types of those tensors whose bytes a {@link Tensor} can hold as they are, by name, in the order
   * of the header.
   */
  public Map<String, ValueType> types() {
    Map<String, ValueType> types = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          ValueType type = tensor.type();
          if (type != null) {
            types.put(name, type);
          }
        });
    return types;
  }

  /** The file's own key-value texts. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /**
   * Reads one tensor into one of the same shape. Elements of {@code F16}, {@code BF16}, {@code F32}
   * and {@code F64} become {@code FLOAT32} or {@code FLOAT64}: exactly, or, from {@code F64} to
   * {@code FLOAT32}, the nearest, to the even one of two. Other types are read into their own.
   *
   * @throws PortafilterException when the file has no such tensor, or one of another shape or type,
   *     or with a number that {@code FLOAT32} has no finite one for; {@code into} is untouched then
   */
  public void read(String name, Tensor into) {
    StoredTensor stored = tensors.get(name);
    if (stored == null || !stored.hasShape(into.shape())) {
      throw new PortafilterException(
          "%s: expected tensor %s of %s, got %s"
              .formatted(file, name, into.type(), stored == null ? "none" : stored));
    }
    if (!reads(stored, into.type())) {
      throw new PortafilterException(
          "%s: tensor %s has elements of type %s, which are not read into %s; F16, BF16, F32 and F64 are read into FLOAT32 and FLOAT64; convert it where the file was made"
              .formatted(file, name, stored.dtype(), into.dtype()));
    }
    requireInRange(name, into.dtype());
    copy(name, into);
  }

  /** Whether a tensor of the file can be read into one of this type. */
  static boolean reads(StoredTensor stored, ValueType into) {
    return stored.hasShape(into.shape())
        && (into.equals(stored.type()) || StoredFloats.convert(stored.dtype(), into.dtype()));
  }

  /** Fails where a tensor has a finite number that this type has no finite one for. */
  void requireInRange(String name, DType to) {
    StoredTensor stored = tensors.get(name);
    if (stored != null && StoredFloats.narrow(stored.dtype(), to)) {
      convert(name, stored, to, (at, values) -> {});
    }
  }

  /** Reads a tensor that was found to fit. */
  void copy(String name, Tensor into) {
    StoredTensor stored = tensors.get(name);
    if (stored == null) {
      throw new IllegalArgumentException(name);
    }
    if (!into.type().equals(stored.type())) {
      convert(name, stored, into.dtype(), into::write);
      return;
    }
    eachPart(name, stored, CHUNK, into::write);
  }

  /** Takes what was read, and where it belongs. */
  private interface Sink {
    void accept(long at, ByteBuffer part);
  }

  private void convert(String name, StoredTensor stored, DType to, Sink sink) {
    int from = StoredFloats.bytes(stored.dtype());
    int few = (int) Math.min(FEW, (stored.end() - stored.begin()) / from);
    ByteBuffer values = ByteBuffer.allocate(few * to.bytes()).order(ByteOrder.nativeOrder());
    eachPart(
        name,
        stored,
        few * from,
        (at, part) -> {
          int count = part.remaining() / from;
          int done = StoredFloats.convert(stored.dtype(), part, to, values.clear());
          if (done < count) {
            throw new PortafilterException(
                "%s: tensor %s has %s at element %s, too large for %s; read it into a network of FLOAT64"
                    .formatted(file, name, part.getDouble(8 * done), at / from + done, to));
          }
          sink.accept(at / from * to.bytes(), values.limit(count * to.bytes()));
        });
  }

  private void eachPart(String name, StoredTensor stored, int most, Sink sink) {
    long bytes = stored.end() - stored.begin();
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer part =
          ByteBuffer.allocate((int) Math.min(most, bytes)).order(ByteOrder.LITTLE_ENDIAN);
      for (long at = 0; at < bytes; at += most) {
        part.clear().limit((int) Math.min(most, bytes - at));
        if (!readFully(channel, part, dataStart + stored.begin() + at)) {
          throw damaged(file, "it ends inside tensor " + name);
        }
        sink.accept(at, part.flip());
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** Fills a buffer a piece at a time, for the reason that writing has. */
  private static boolean readFully(FileChannel channel, ByteBuffer into, long position)
      throws IOException {
    while (into.hasRemaining()) {
      int most = Math.min(CHUNK, into.remaining());
      int count = channel.read(into.slice(into.position(), most), position);
      if (count < 0) {
        return false;
      }
      into.position(into.position() + count);
      position += count;
    }
    return true;
  }
}
