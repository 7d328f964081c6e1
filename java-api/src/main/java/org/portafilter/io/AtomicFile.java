package org.portafilter.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.portafilter.shape.PortafilterException;

/** Writes a file so that at every moment either the old or the new one is there, whole. */
public final class AtomicFile {
  private AtomicFile() {}

  /** Writes contents into an open channel. */
  public interface Writer {
    /** Writes everything; the channel is at position 0 of an empty file. */
    void write(FileChannel channel) throws IOException;
  }

  /**
   * Writes a temporary file beside the target, forces it to the disk, and renames it.
   *
   * @throws PortafilterException when anything fails; the old file is untouched and no temporary
   *     file stays
   */
  public static void write(Path file, Writer writer) {
    Path target = file.toAbsolutePath();
    Path temporary =
        target.resolveSibling(
            "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        writer.write(channel);
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel folder = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
        folder.force(true);
      }
    } catch (IOException e) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw new PortafilterException(file + ": cannot be written (" + reason(e, target) + ")", e);
    }
  }

  /** Writes these bytes, as {@link #write(Path, Writer)} does. */
  public static void write(Path file, byte[] bytes) {
    write(
        file,
        channel -> {
          ByteBuffer buffer = ByteBuffer.wrap(bytes);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
        });
  }

  private static String reason(IOException e, Path target) {
    if (e instanceof NoSuchFileException) {
      return Files.isDirectory(target.getParent())
          ? "no file can be made in " + target.getParent()
          : "the folder " + target.getParent() + " does not exist";
    }
    if (e instanceof AccessDeniedException) {
      return "no permission to write in " + target.getParent();
    }
    return String.valueOf(e.getMessage());
  }
}
