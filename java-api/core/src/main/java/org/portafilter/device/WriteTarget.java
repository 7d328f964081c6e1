package org.portafilter.device;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a path leads to, for who wants to write there.
 *
 * @param path the path behind all symbolic links, absolute
 * @param replaced whether it is a file, or nothing yet; else it is written as it stands
 */
record WriteTarget(Path path, boolean replaced) {
  private static final int MOST_LINKS = 40;

  /** The kind of file in the system's mode, and its values. */
  private static final int KIND = 0170000;

  private static final int PIPE = 0010000;
  private static final int CHARACTERS = 0020000;
  private static final int FOLDER = 0040000;
  private static final int BLOCKS = 0060000;
  private static final int REGULAR = 0100000;
  private static final int SOCKET = 0140000;

  /**
   * Follows links and looks at what is there.
   *
   * @throws IOException when a link leads in a circle, or nothing can be saved there
   */
  static WriteTarget of(Path absolute) throws IOException {
    Path path = absolute;
    for (int links = 0; Files.isSymbolicLink(path); links++) {
      if (isOpenFile(path)) {
        return new WriteTarget(path, false);
      }
      if (links == MOST_LINKS) {
        throw new FileSystemException(path.toString(), null, "its symbolic links lead in a circle");
      }
      path = path.resolveSibling(Files.readSymbolicLink(path));
    }
    if (!Files.exists(path)) {
      return new WriteTarget(path, true);
    }
    int kind = (int) Files.getAttribute(path, "unix:mode") & KIND;
    return switch (kind) {
      case REGULAR -> new WriteTarget(path, true);
      case CHARACTERS -> new WriteTarget(path, false);
      case FOLDER -> throw refusal(path, "it is a folder; name a file in it");
      case PIPE ->
          throw refusal(
              path, "it is a named pipe; name a file, or write to /dev/stdout and pipe that");
      case BLOCKS -> throw refusal(path, "it is a block device; name a file");
      case SOCKET -> throw refusal(path, "it is a socket; name a file");
      default -> throw refusal(path, "it is no file");
    };
  }

  private static FileSystemException refusal(Path path, String reason) {
    return new FileSystemException(path.toString(), null, reason);
  }

  /** Whether a link stands for a file that a process has open, as /dev/stdout does in the end. */
  private static boolean isOpenFile(Path link) throws IOException {
    Path folder = link.getParent().toRealPath();
    return folder.startsWith("/proc") && folder.endsWith("fd");
  }
}
