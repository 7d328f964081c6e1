package org.portafilter.binding;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A folder that holds the native libraries outside their jars, each in a folder named by its
 * contents, so that versions share what they have in common. Every file is checked against the
 * SHA-256 the build recorded, each time; one that differs is extracted again, once. A file appears
 * by renaming, whole, so that any number of processes may share the folder and start at once.
 */
final class NativeCache {
  private final Path folder;

  NativeCache(Path folder) {
    this.folder = folder;
  }

  /**
   * The library as a whole and checked file.
   *
   * @throws IOException when it cannot be written
   * @throws UnsatisfiedLinkError when the jar does not hold what the build recorded
   */
  Path extract(NativeFile file) throws IOException {
    Path place = folder.resolve(file.sha256().substring(0, 16));
    Path target = place.resolve(file.name());
    if (Files.isRegularFile(target)
        && Files.size(target) == file.size()
        && file.sha256().equals(sha256(target))) {
      return target;
    }
    CacheFolders.make(place);
    Path temporary = Files.createTempFile(place, "." + file.name(), ".tmp");
    try {
      String got = copy(file, temporary);
      if (!got.equals(file.sha256())) {
        throw new UnsatisfiedLinkError(
            "%s: expected SHA-256 %s, got %s; use the versions of org.bytedeco:javacpp and org.bytedeco:openblas that portafilter-bom names, or fetch a damaged jar again"
                .formatted(file.resource(), file.sha256(), got));
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return target;
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static String copy(NativeFile file, Path to) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = file.open();
        OutputStream out = Files.newOutputStream(to)) {
      if (in == null) {
        throw new UnsatisfiedLinkError(
            file.resource()
                + " is in no jar on the class path or module path; depend on org.portafilter:portafilter-platform");
      }
      byte[] buffer = new byte[1 << 16];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
        out.write(buffer, 0, count);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String sha256(Path file) throws IOException {
    MessageDigest digest = sha256();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** A system's refusal in words. */
  static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "no permission to write there";
    }
    if (e instanceof FileAlreadyExistsException there) {
      return there.getFile() + " is a file, not a folder";
    }
    if (e instanceof NoSuchFileException) {
      return "no folder can be made there";
    }
    if (e instanceof ClosedByInterruptException) {
      return "the thread was interrupted";
    }
    String message =
        e instanceof FileSystemException system && system.getReason() != null
            ? system.getReason()
            : e.getMessage();
    if (message == null) {
      return e.getClass().getSimpleName();
    }
    return message.contains("Read-only file system") ? "the file system is read-only" : message;
  }
}
