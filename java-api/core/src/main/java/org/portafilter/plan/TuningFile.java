package org.portafilter.plan;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.portafilter.device.CacheFolder;
import org.portafilter.device.Device;

/**
 * What was measured on one device with one version of its libraries: a text file with a line per
 * work and chosen kernel, in the cache folder {@code tuning}.
 */
final class TuningFile {
  private static final String BETWEEN = "\t";

  private static final String FOLDER = "tuning";

  private final String name;
  private Map<String, String> known;

  private TuningFile(String name) {
    this.name = name;
    this.known = read(name);
  }

  /** The file of a device. */
  static TuningFile of(Device device) {
    String name = CacheFolder.nameOf(device.identity().getBytes(StandardCharsets.UTF_8));
    return new TuningFile(name.substring(0, 16) + ".txt");
  }

  /** The kernel chosen for this work; null where none was. */
  @Nullable String get(String work) {
    return known.get(work);
  }

  /** Remembers a choice, beside what others have written meanwhile. */
  void put(String work, String numericsId) {
    known = read(name);
    known.put(work, numericsId);
    String text =
        known.entrySet().stream()
            .map(entry -> entry.getKey() + BETWEEN + entry.getValue() + "\n")
            .collect(Collectors.joining());
    CacheFolder.keep(FOLDER, name, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Lines that are not whole are passed over. */
  private static Map<String, String> read(String name) {
    Map<String, String> all = new TreeMap<>();
    byte[] kept = CacheFolder.read(FOLDER, name);
    if (kept != null) {
      for (String line : new String(kept, StandardCharsets.UTF_8).split("\n")) {
        int between = line.lastIndexOf(BETWEEN);
        if (between > 0) {
          all.put(line.substring(0, between), line.substring(between + 1));
        }
      }
    }
    return all;
  }
}
