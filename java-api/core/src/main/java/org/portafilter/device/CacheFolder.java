package org.portafilter.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.portafilter.binding.CacheFolders;
import org.portafilter.binding.JavaCppSettings;
import org.portafilter.shape.PortafilterException;

/**
 * Where this library keeps what can be made again: in {@code -Dportafilter.cache}, or {@code
 * portafilter} in the user's cache folder, or, for a user without a home, in the folder for
 * temporary files; never where another user may write. A cache that cannot be read is empty; one
 * that cannot be written stays so.
 */
public final class CacheFolder {
  private static final System.Logger LOG = System.getLogger("org.portafilter");

  private CacheFolder() {}

  /** What was kept under a name; null where nothing was. */
  public static byte @Nullable [] read(String folder, String name) {
    Path root = root();
    Path file = root == null ? null : root.resolve(folder).resolve(name);
    try {
      return file != null && Files.isReadable(file) ? Files.readAllBytes(file) : null;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} could not be read: {1}", file, e);
      return null;
    }
  }

  /** Keeps bytes under a name, whole or not at all. */
  public static void keep(String folder, String name, byte[] content) {
    Path root = root();
    if (root == null) {
      return;
    }
    Path file = root.resolve(folder).resolve(name);
    try {
      if (!Files.isDirectory(file.getParent())) {
        Files.createDirectories(file.getParent());
      }
      AtomicFile.write(file, content);
    } catch (IOException | PortafilterException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} was not kept: {1}", file, e);
    }
  }

  /**
   * Prepares JavaCPP for a device whose wrappers it loads by itself: it watches no memory, and
   * keeps what it extracts in this cache where the user has no home for it.
   */
  public static void prepareJavaCpp() {
    JavaCppSettings.quiet();
    Path root = root();
    if (root != null) {
      JavaCppSettings.lend(root);
    }
  }

  /** The first folder that serves, made if it is missing; null where none does. */
  private static @Nullable Path root() {
    try {
      for (Path candidate : CacheFolders.candidates()) {
        Path root = opened(candidate);
        if (root != null) {
          return root;
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "nothing is kept: {0}", e);
    }
    return null;
  }

  private static @Nullable Path opened(Path candidate) {
    try {
      return CacheFolders.open(candidate);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "nothing is kept in {0}: {1}", candidate, e);
      return null;
    }
  }

  /** A name for what was made from these bytes: their SHA-256 in hexadecimal. */
  public static String nameOf(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
