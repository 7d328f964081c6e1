package org.portafilter.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.PortafilterException;

/** A place where a result will go: whether it can be written is known before the work for it. */
final class OutputFile {
  private OutputFile() {}

  /**
   * Fails when a file could not be written there.
   *
   * @param option whose value the file is; a file that is null was not asked for
   */
  static void require(String option, @Nullable Path file) {
    if (file == null) {
      return;
    }
    Path absolute = file.toAbsolutePath();
    String what = option + " " + file + ": ";
    Path folder = absolute.getParent();
    if (folder == null || Files.isDirectory(absolute)) {
      throw new PortafilterException(what + "this is a folder; name a file in it");
    }
    if (Files.exists(absolute) && absolute.startsWith("/dev")) {
      return;
    }
    if (Files.exists(absolute) && !Files.isRegularFile(absolute)) {
      throw new PortafilterException(what + "this is no regular file; name another");
    }
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new PortafilterException(what + folder + " is not a folder");
    }
    if (!Files.exists(folder)) {
      throw new PortafilterException(
          what + "the folder " + folder + " does not exist; make it first");
    }
    try {
      if (Files.exists(absolute) || Files.isSymbolicLink(absolute)) {
        Files.delete(Files.createTempFile(folder, ".portafilter", ".tmp"));
      } else {
        Files.delete(Files.createFile(absolute));
      }
    } catch (IOException e) {
      throw new PortafilterException(what + "cannot be written (" + reason(e) + ")", e);
    }
  }

  /** Fails when a folder could not be written to, or not be made. */
  static void requireFolder(String option, @Nullable Path folder) {
    if (folder == null) {
      return;
    }
    Path there = folder.toAbsolutePath().normalize();
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    if (!Files.isDirectory(there)) {
      throw new PortafilterException(
          option + " " + folder + ": " + there + " is a file, not a folder; name another");
    }
    for (String name : List.of("latest.safetensors", "best.safetensors")) {
      if (Files.isDirectory(folder.resolve(name))) {
        throw new PortafilterException(
            option + " " + folder + ": " + name + " in it is a folder; name another");
      }
    }
    try {
      Files.delete(Files.createTempFile(there, ".portafilter", ".tmp"));
    } catch (IOException e) {
      throw new PortafilterException(
          "%s %s: cannot be written to (in %s: %s)".formatted(option, folder, there, reason(e)), e);
    }
  }

  /** Fails when two results would go to one file. */
  static void requireDifferent(
      String option, @Nullable Path file, String otherOption, @Nullable Path other) {
    if (file != null
        && other != null
        && file.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize())) {
      throw new PortafilterException(
          "%s and %s name the same file %s".formatted(option, otherOption, file));
    }
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "no permission";
    }
    if (e instanceof FileSystemException system && system.getReason() != null) {
      return system.getReason();
    }
    return "no file can be made there";
  }
}
