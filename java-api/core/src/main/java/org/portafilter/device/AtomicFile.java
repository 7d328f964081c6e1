package org.portafilter.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.portafilter.shape.PortafilterException;

/**
 * Writes a file so that at every moment either the old or the new one is there, whole. A symbolic
 * link stays one, and what it leads to is replaced, in its own folder; owner, group and mode of the
 * old file are kept where the system allows it. What is written as it comes, without being
 * replaced, are character devices such as {@code /dev/null} and files that are open already, such
 * as {@code /dev/stdout}.
 */
public final class AtomicFile {
  /**
   * Bytes worth writing or reading at a time: a buffer of the heap costs its size in native memory.
   */
  public static final int PIECE = 1 << 20;

  private static final int PERMISSIONS = 0777;
  private static final int GROUP = 0070;

  private AtomicFile() {}

  /** Writes contents into an open channel. */
  public interface Writer {
    /** Writes everything, in order, from the channel's position on. */
    void write(FileChannel channel) throws IOException;
  }

  /**
   * Writes a temporary file beside the target, forces it to the disk, and renames it.
   *
   * @throws PortafilterException when anything fails, the path is a folder, a named pipe or a block
   *     device, or the thread is interrupted; the old file is untouched and no temporary file stays
   */
  public static void write(Path file, Writer writer) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      WriteTarget target = WriteTarget.of(file.toAbsolutePath());
      folder = target.path().getParent();
      if (target.replaced()) {
        replace(target.path(), writer);
      } else {
        try (FileChannel channel = FileChannel.open(target.path(), StandardOpenOption.APPEND)) {
          writer.write(channel);
        }
      }
    } catch (IOException e) {
      throw new PortafilterException(file + ": cannot be written (" + reason(e, folder) + ")", e);
    }
  }

  /** Writes these bytes, as {@link #write(Path, Writer)} does. */
  public static void write(Path file, byte[] bytes) {
    write(file, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  /**
   * Writes all that remains of a buffer, a piece at a time: a channel copies a buffer of the heap
   * to native memory of its size, which the thread then keeps.
   */
  public static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      int count = Math.min(PIECE, bytes.remaining());
      bytes.position(bytes.position() + channel.write(bytes.slice(bytes.position(), count)));
    }
  }

  private static void replace(Path target, Writer writer) throws IOException {
    String unique = Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path temporary = target.resolveSibling(".portafilter-" + unique + ".tmp");
    Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      try (FileChannel channel = FileChannel.open(temporary, options, permissions(target))) {
        writer.write(channel);
        channel.force(true);
      }
      if (Files.exists(target)) {
        keepOwners(target, temporary);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
    forceFolder(target.getParent());
  }

  /** Those of the old file from the first byte on, so that nobody else reads the new one. */
  private static FileAttribute<?>[] permissions(Path target) throws IOException {
    return Files.exists(target)
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(Files.getPosixFilePermissions(target))
        }
        : new FileAttribute<?>[0];
  }

  private static void keepOwners(Path old, Path to) throws IOException {
    Map<String, Object> was = Files.readAttributes(old, "unix:uid,gid,mode");
    int mode = (int) was.get("mode") & PERMISSIONS;
    if (!keep("unix:gid", was, to)) {
      mode &= ~GROUP;
    }
    keep("unix:uid", was, to);
    Files.setAttribute(to, "unix:mode", mode);
  }

  /** Whether the new file has the old one's owner, or group, now. */
  private static boolean keep(String attribute, Map<String, Object> was, Path to)
      throws IOException {
    Object old = was.get(attribute.substring("unix:".length()));
    if (old.equals(Files.getAttribute(to, attribute))) {
      return true;
    }
    try {
      Files.setAttribute(to, attribute, old);
      return true;
    } catch (FileSystemException e) {
      // Only root, or for groups a member, may do this.
      return false;
    }
  }

  /** Makes the new name last through a power failure, where the file system can. */
  private static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      System.getLogger("org.portafilter")
          .log(System.Logger.Level.DEBUG, "{0} was not forced to the disk: {1}", folder, e);
    }
  }

  private static String reason(IOException e, Path folder) {
    if (e instanceof NoSuchFileException) {
      return Files.isDirectory(folder)
          ? "no file can be made in " + folder
          : "the folder " + folder + " does not exist";
    }
    if (e instanceof AccessDeniedException) {
      return "no permission to write in " + folder;
    }
    String reason = PortafilterException.reason(e);
    return reason.contains("busy")
        ? reason + ": it is a mount of its own; mount its folder in its place"
        : reason;
  }
}
