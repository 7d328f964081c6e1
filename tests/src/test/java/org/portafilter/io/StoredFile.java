package org.portafilter.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Safetensors files byte by byte, as other programs may write them. */
public final class StoredFile {
  private final List<String> entries = new ArrayList<>();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  /** Adds a tensor at the end of the data. */
  public StoredFile with(String name, String dtype, String shape, byte... bytes) {
    int begin = data.size();
    data.writeBytes(bytes);
    entries.add(
        "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%s,%s]}"
            .formatted(name, dtype, shape, begin, data.size()));
    return this;
  }

  /** Adds a member of the header as it stands. */
  public StoredFile withText(String entry) {
    entries.add(entry);
    return this;
  }

  /** The file. */
  public byte[] bytes() {
    return bytes("{" + String.join(",", entries) + "}", data.toByteArray());
  }

  /** The file with the entries of its header turned round. */
  byte[] turned() {
    List<String> turned = new ArrayList<>(entries);
    Collections.reverse(turned);
    return bytes("{" + String.join(",", turned) + "}", data.toByteArray());
  }

  static byte[] bytes(String header, byte[] data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .put(data)
        .array();
  }

  Path write(Path file) throws IOException {
    return Files.write(file, bytes());
  }

  /** Single precision, little-endian. */
  static byte[] singles(double... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      bytes.putFloat((float) value);
    }
    return bytes.array();
  }

  /** Double precision, little-endian. */
  static byte[] doubles(double... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      bytes.putDouble(value);
    }
    return bytes.array();
  }

  /** Elements of two bytes, little-endian. */
  static byte[] pairs(int... bits) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : bits) {
      bytes.putShort((short) value);
    }
    return bytes.array();
  }
}
