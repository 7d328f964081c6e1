package org.portafilter.data;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The last name of a path, read as UTF-8 whatever the locale is. */
final class FileName {
  /** What stands where a locale has no character for some bytes. */
  private static final char UNKNOWN = '\uFFFD';

  private FileName() {}

  static String of(Path path) {
    String name = path.getFileName().toString();
    if (name.indexOf(UNKNOWN) < 0 || !path.toUri().getScheme().equals("file")) {
      return name;
    }
    // The locale's characters are lost; the URI has the bytes.
    String[] names = path.toUri().getRawPath().split("/");
    String escaped = names[names.length - 1].replace("+", "%2B");
    return URLDecoder.decode(escaped, StandardCharsets.UTF_8);
  }
}
