package org.portafilter.plan;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private final Path path;
  private Map<String, String> known;

  private TuningFile(Path path) {
    this.path = path;
    this.known = read(path);
  }

  /** The file of a device. */
  static TuningFile of(Device device) {
    String name = CacheFolder.nameOf(device.identity().getBytes(StandardCharsets.UTF_8));
    return new TuningFile(CacheFolder.of("tuning").resolve(name.substring(0, 16) + ".txt"));
  }

  /** The kernel chosen for this work; null where none was. */
  @Nullable String get(String work) {
    return known.get(work);
  }

  /** Remembers a choice, beside what others have written meanwhile. */
  void put(String work, String numericsId) {
    known = read(path);
    known.put(work, numericsId);
    String text =
        known.entrySet().stream()
            .map(entry -> entry.getKey() + BETWEEN + entry.getValue() + "\n")
            .collect(Collectors.joining());
    CacheFolder.keep(path, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Lines that are not whole are passed over. */
  private static Map<String, String> read(Path path) {
    Map<String, String> all = new TreeMap<>();
    try {
      if (Files.isReadable(path)) {
        for (String line :
            new String(Files.readAllBytes(path), StandardCharsets.UTF_8).split("\n")) {
          int between = line.lastIndexOf(BETWEEN);
          if (between > 0) {
            all.put(line.substring(0, between), line.substring(between + 1));
          }
        }
      }
    } catch (IOException e) {
      System.getLogger("org.portafilter")
          .log(System.Logger.Level.DEBUG, "{0} could not be read: {1}", path, e);
    }
    return all;
  }
}
