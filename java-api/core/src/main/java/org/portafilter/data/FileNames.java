package org.portafilter.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import org.portafilter.shape.PortafilterException;

/**
 * File names as text. In a locale without UTF-8 (LC_ALL=C, or LANG unset) Java opens files of any
 * name, but replaces the letters it cannot decode when asked for the name; their bytes are still in
 * the path's URI.
 */
final class FileNames {
  private static final char UNDECODED = '\ufffd';

  private FileNames() {}

  /** The path, for messages. */
  static String of(Path path) {
    String text = path.toString();
    boolean hidden = text.indexOf(UNDECODED) >= 0;
    return hidden && path.getFileSystem() == FileSystems.getDefault() ? decoded(path, text) : text;
  }

  /**
   * The last part of a path, as the name of something.
   *
   * @throws PortafilterException when it cannot be represented
   */
  static String last(Path path) {
    String name = of(path).replaceAll("/+$", "");
    name = name.substring(name.lastIndexOf('/') + 1);
    if (name.indexOf(UNDECODED) >= 0) {
      throw new PortafilterException(
          "%s: its name cannot be read as %s; rename it, or start Java in the locale of its letters, such as LC_ALL=C.UTF-8"
              .formatted(path, System.getProperty("sun.jnu.encoding")));
    }
    return name;
  }

  private static String decoded(Path path, String otherwise) {
    String raw = path.toUri().getRawPath();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < raw.length(); i++) {
      if (raw.charAt(i) == '%') {
        bytes.write(Integer.parseInt(raw.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.write(raw.charAt(i));
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())) + "";
    } catch (CharacterCodingException e) {
      return otherwise;
    }
  }
}
