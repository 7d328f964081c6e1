package org.portafilter.binding;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where this user's caches may lie, and the promise that no other user but root can write there.
 * Users are told apart by number, because a container's user need have neither a name nor a home.
 */
public final class CacheFolders {
  /** Names the folder that caches lie in; no other is tried then. */
  public static final String PROPERTY = "portafilter.cache";

  /** Write permission of a file's group and of everybody. */
  private static final int WRITABLE_BY_OTHERS = 0022;

  private static final int ROOT = 0;

  private CacheFolders() {}

  /**
   * Folders to try, best first: the one that {@value #PROPERTY} names alone, else {@code
   * portafilter} in {@code XDG_CACHE_HOME} or in {@code .cache} of the home folder where there is
   * one, then {@code portafilter-UID} in the folder for temporary files.
   *
   * @throws IOException when the system does not say which user this is
   */
  public static List<Path> candidates() throws IOException {
    String asked = System.getProperty(PROPERTY);
    if (asked != null && !asked.isBlank()) {
      return List.of(path(asked));
    }
    List<Path> folders = new ArrayList<>();
    Path shared = absolute(System.getenv("XDG_CACHE_HOME"));
    Path home = home();
    if (shared != null) {
      folders.add(shared.resolve("portafilter"));
    } else if (home != null) {
      folders.add(home.resolve(".cache").resolve("portafilter"));
    }
    Path temporary = path(System.getProperty("java.io.tmpdir"));
    folders.add(temporary.resolve("portafilter-" + name(user())));
    return folders;
  }

  /** The JDK knows no home of a user without a name, whatever the environment says. */
  private static Path home() {
    Path home = absolute(System.getProperty("user.home"));
    return home != null ? home : absolute(System.getenv("HOME"));
  }

  /**
   * The folder that a setting names; null where it names none, or one that would move with the
   * working folder, or one whose name the locale cannot write.
   */
  static Path absolute(String setting) {
    try {
      return setting != null && setting.startsWith("/") ? Path.of(setting) : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private static Path path(String setting) throws IOException {
    try {
      return Path.of(setting);
    } catch (InvalidPathException e) {
      throw new IOException(
          setting + ": the system's locale cannot write this name; set LC_ALL=C.UTF-8", e);
    }
  }

  /**
   * Makes a folder for this user alone if it is missing, and returns where in it files of this user
   * are safe: the folder itself, or, where others may write in it too (a volume of root's, say), a
   * folder in it that is named by the user's number.
   *
   * <p>Who may write in a folder without the sticky bit may also exchange what lies in it. Such a
   * folder is as safe as those whom root, or this user, gave it to.
   *
   * @throws IOException when it cannot be made or written, or belongs to a user that is neither
   *     this one nor root
   */
  public static Path open(Path asked) throws IOException {
    Path folder = asked.toAbsolutePath();
    makeParents(folder.getParent());
    make(folder);
    if (isPrivate(folder)) {
      if (!Files.isWritable(folder)) {
        throw new AccessDeniedException(folder.toString());
      }
      return folder;
    }
    Path own = folder.resolve("user-" + name(user()));
    make(own);
    if (!isPrivate(own)) {
      throw new IOException("others than this user may write in " + own);
    }
    return own;
  }

  /**
   * Whether only this user and root may write in a folder.
   *
   * @throws IOException when it, or a link to it, belongs to another user
   */
  private static boolean isPrivate(Path folder) throws IOException {
    requireTrusted(folder, LinkOption.NOFOLLOW_LINKS);
    Map<String, Object> found = requireTrusted(folder);
    boolean closed = ((int) found.get("mode") & WRITABLE_BY_OTHERS) == 0;
    return closed && (int) found.get("uid") == user();
  }

  private static Map<String, Object> requireTrusted(Path folder, LinkOption... options)
      throws IOException {
    Map<String, Object> found = Files.readAttributes(folder, "unix:uid,mode", options);
    int owner = (int) found.get("uid");
    if (owner != user() && owner != ROOT) {
      throw new IOException(
          "it belongs to user " + name(owner) + ", and this process runs as user " + name(user()));
    }
    return found;
  }

  /** Makes a folder that others cannot even list, unless it is there. */
  static void make(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    try {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
      // Another process was faster.
    }
  }

  /** The JDK's own way refuses a link to a folder. */
  static void makeParents(Path folder) throws IOException {
    if (folder != null && !Files.isDirectory(folder)) {
      Files.createDirectories(folder);
    }
  }

  /**
   * The number of the user that files made by this process belong to.
   *
   * @throws IOException when the system does not say
   */
  static int user() throws IOException {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("Uid:")) {
          // Real, effective, saved, and the file system's.
          return Integer.parseUnsignedInt(line.split("\\s+")[4]);
        }
      }
    } catch (NoSuchFileException | AccessDeniedException e) {
      throw new IOException("/proc/self/status does not say which user this is", e);
    }
    throw new IOException("/proc/self/status does not say which user this is");
  }

  private static String name(int user) {
    return Integer.toUnsignedString(user);
  }
}
