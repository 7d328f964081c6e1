package org.portafilter.binding;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Loader;

/**
 * Loads the native libraries once, from a checked cache folder, and checks that they fit this Java
 * code.
 */
public final class Libraries {
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
    JavaCppSettings.quiet();
    List<NativeFile> files = NativeFile.of(Loader.getPlatform());
    Path loaded = null;
    for (Path root : roots()) {
      loaded = tryLoad(root, files);
      if (loaded != null) {
        break;
      }
    }
    if (loaded == null) {
      throw new UnsatisfiedLinkError(
          "the native libraries could not be put anywhere: "
              + String.join("; ", NOTES)
              + "; set -D"
              + CacheFolders.PROPERTY
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
    return build("portafilter");
  }

  /** What OpenBLAS was built from: the beginning of its library's SHA-256. */
  public static String blasBuild() {
    return build("openblas");
  }

  private static String build(String library) {
    return NativeFile.of(Loader.getPlatform()).stream()
        .filter(file -> file.name().contains(library))
        .map(file -> file.sha256().substring(0, 12))
        .findFirst()
        .orElseThrow();
  }

  /** What was wrong with the folders that were tried before {@link #folder()}. */
  public static synchronized List<String> notes() {
    return List.copyOf(NOTES);
  }

  private static List<Path> roots() {
    try {
      return CacheFolders.candidates();
    } catch (IOException e) {
      NOTES.add(NativeCache.reason(e));
      return List.of();
    }
  }

  /** The folder, or null, with a note of why, when it does not serve. */
  private static Path tryLoad(Path root, List<NativeFile> files) {
    Path folder;
    List<Path> paths = new ArrayList<>();
    try {
      folder = CacheFolders.open(root);
      NativeCache cache = new NativeCache(folder);
      for (NativeFile file : files) {
        paths.add(cache.extract(file));
      }
    } catch (IOException e) {
      NOTES.add(root.toAbsolutePath() + ": " + NativeCache.reason(e));
      return null;
    }
    JavaCppSettings.lend(folder);
    for (int i = 0; i < files.size(); i++) {
      try {
        Loader.loadLibrary(Libraries.class, new URL[] {url(paths.get(i))}, files.get(i).library());
      } catch (UnsatisfiedLinkError e) {
        if (!forbidsPrograms(e)) {
          throw e;
        }
        NOTES.add(folder + ": the disk is mounted noexec, so no library can run from it");
        return null;
      }
    }
    return folder;
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
}
