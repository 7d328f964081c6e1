package org.portafilter.device.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * The kernels' source as one text, every included file at its first place; the jar has them all in
 * one folder.
 */
final class KernelText {
  private static final String INCLUDE = "#include \"";

  private final Set<String> seen = new HashSet<>();
  private final StringBuilder text = new StringBuilder();

  private KernelText() {}

  static String read() {
    KernelText whole = new KernelText();
    whole.add("kernels.cu");
    return whole.text.toString();
  }

  private void add(String file) {
    if (!seen.add(file)) {
      return;
    }
    for (String line : lines(file)) {
      if (line.startsWith(INCLUDE)) {
        String path = line.substring(INCLUDE.length(), line.length() - 1);
        add(path.substring(path.lastIndexOf('/') + 1));
      } else if (!line.startsWith("#pragma once")) {
        text.append(line).append('\n');
      }
    }
  }

  private static String[] lines(String file) {
    try (InputStream in = KernelText.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("portafilter-cuda lacks its own file " + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
