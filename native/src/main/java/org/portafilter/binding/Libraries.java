package org.portafilter.binding;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.Loader;

/**
 * Loads the native libraries once, from a checked cache folder, and checks that they fit this Java
 * code.
 */
public final class Libraries {
  /** Names the folder the native libraries are extracted to; no other is tried then. */
  public static final String CACHE_PROPERTY = "portafilter.cache";

  private static final List<String> NOTES = new ArrayList<>();
  private static Path folder;

  private Libraries() {}

  /**
   * Loads what is not loaded yet.
   *
   * @throws UnsatisfiedLinkError when a library is missing, cannot be extracted or loaded, or has
   *     another ABI version; the message names every folder that was tried and what was wrong
   */
  public static synchronized void load() {
    if (folder != null) {
      return;
    }
    NOTES.clear();
    quietJavaCpp();
    List<NativeFile> files = NativeFile.of(Loader.getPlatform());
    Path loaded = null;
    for (Path root : roots()) {
      loaded = tryLoad(new NativeCache(root), files);
      if (loaded != null) {
        break;
      }
    }
    if (loaded == null) {
      throw new UnsatisfiedLinkError(
          "the native libraries could not be put anywhere: "
              + String.join("; ", NOTES)
              + "; set -D"
              + CACHE_PROPERTY
              + "=DIR to a folder this user may write and run programs in");
    }
    requireAbi();
    folder = loaded;
  }

  /** The folder the libraries were loaded from. */
  public static synchronized Path folder() {
    load();
    return folder;
  }

  /** What the kernels were built from: the beginning of their library's SHA-256. */
  public static String build() {
    return NativeFile.of(Loader.getPlatform()).stream()
        .filter(file -> file.name().contains("portafilter"))
        .map(file -> file.sha256().substring(0, 12))
        .findFirst()
        .orElseThrow();
  }

  /** What was wrong with the folders that were tried before {@link #folder()}. */
  public static synchronized List<String> notes() {
    return List.copyOf(NOTES);
  }

  private static List<Path> roots() {
    String asked = System.getProperty(CACHE_PROPERTY);
    if (asked != null) {
      return List.of(Path.of(asked));
    }
    String shared = System.getenv("XDG_CACHE_HOME");
    Path home =
        shared != null && !shared.isEmpty()
            ? Path.of(shared)
            : Path.of(System.getProperty("user.home"), ".cache");
    String own = "portafilter-" + System.getProperty("user.name");
    return List.of(
        home.resolve("portafilter"), Path.of(System.getProperty("java.io.tmpdir")).resolve(own));
  }

  /** The folder, or null, with a note of why, when it does not serve. */
  private static Path tryLoad(NativeCache cache, List<NativeFile> files) {
    List<Path> paths = new ArrayList<>();
    try {
      cache.create();
      for (NativeFile file : files) {
        paths.add(cache.extract(file));
      }
    } catch (IOException e) {
      NOTES.add(cache.folder() + ": " + NativeCache.reason(e));
      return null;
    }
    for (int i = 0; i < files.size(); i++) {
      try {
        Loader.loadLibrary(Libraries.class, new URL[] {url(paths.get(i))}, files.get(i).library());
      } catch (UnsatisfiedLinkError e) {
        if (!forbidsPrograms(e)) {
          throw e;
        }
        NOTES.add(cache.folder() + ": the disk is mounted noexec, so no library can run from it");
        return null;
      }
    }
    return cache.folder();
  }

  private static URL url(Path file) {
    try {
      return file.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalStateException("a file always has a URL", e);
    }
  }

  private static boolean forbidsPrograms(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      String message = String.valueOf(t.getMessage());
      if (message.contains("failed to map segment")
          || message.contains("Operation not permitted")) {
        return true;
      }
    }
    return false;
  }

  private static void requireAbi() {
    int version = Kernels.pf_abi_version();
    if (version != Kernels.PF_ABI_VERSION) {
      throw new UnsatisfiedLinkError(
          "libportafilter has ABI version "
              + version
              + ", this Java code needs "
              + Kernels.PF_ABI_VERSION
              + ": use one version of portafilter-native for the jar and its "
              + Loader.getPlatform()
              + " classifier");
    }
  }

  /**
   * JavaCPP may poll physical memory and collect garbage on allocation. Nothing here is freed by
   * the garbage collector, so both are off unless the user asked for them.
   */
  private static void quietJavaCpp() {
    for (String name : new String[] {"maxBytes", "maxPhysicalBytes"}) {
      String property = "org.bytedeco.javacpp." + name;
      boolean asked =
          System.getProperty(property) != null
              || System.getProperty(property.toLowerCase(Locale.ROOT)) != null;
      if (!asked) {
        System.setProperty(property, "0");
      }
    }
  }
}
