package org.portafilter.pins;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Files that say how things are, so that a change which means to change nothing shows that it does
 * not. {@code -Dportafilter.pins=write} writes them anew; a commit that does so says why.
 */
final class Pins {
  /** Where they lie in the sources. */
  static final Path FOLDER =
      Path.of(System.getProperty("portafilter.root"), "tests/src/test/resources/pins");

  private Pins() {}

  /** Whether pins are written and not compared. */
  static boolean areWritten() {
    return System.getProperty("portafilter.pins", "").equals("write");
  }

  /** Compares lines with those of a file, or writes the file. */
  static void hold(String name, List<String> lines) {
    Path file = FOLDER.resolve(name);
    try {
      if (areWritten()) {
        Files.createDirectories(file.getParent());
        try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
          out.write(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
        }
        return;
      }
      List<String> expected = read(file);
      for (int i = 0; i < Math.min(expected.size(), lines.size()); i++) {
        assertEquals(expected.get(i), lines.get(i), name + ", line " + (i + 1));
      }
      assertEquals(expected.size(), lines.size(), name + ", lines");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lines of a pin. */
  static List<String> read(Path file) throws IOException {
    byte[] packed = Files.readAllBytes(file);
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }
}
