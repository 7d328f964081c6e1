package org.portafilter.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Where this library keeps what can be made again: {@code -Dportafilter.cache}, or {@code
 * portafilter} in the user's cache folder. A cache that cannot be read is empty; one that cannot be
 * written stays so.
 */
public final class CacheFolder {
  private static final String PROPERTY = "portafilter.cache";

  private CacheFolder() {}

  /** A folder of this name in it, which need not exist. */
  public static Path of(String name) {
    String given = System.getProperty(PROPERTY);
    if (given != null) {
      return Path.of(given, name);
    }
    String shared = System.getenv("XDG_CACHE_HOME");
    Path home =
        shared == null || shared.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(shared);
    return home.resolve("portafilter").resolve(name);
  }

  /** Writes a file whole or not at all. */
  public static void keep(Path file, byte[] content) {
    try {
      Files.createDirectories(file.getParent());
      Path part = Files.createTempFile(file.getParent(), "kept", ".part");
      Files.write(part, content);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      System.getLogger("org.portafilter")
          .log(System.Logger.Level.DEBUG, "{0} was not kept: {1}", file, e);
    }
  }

  /** A name for what was made from these bytes: their SHA-256 in hexadecimal. */
  public static String nameOf(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
