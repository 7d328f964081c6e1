package org.portafilter.binding;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * One native library as the build listed it.
 *
 * @param sha256 of its contents, lower-case hexadecimal
 * @param size in bytes
 * @param library JavaCPP's name for it, so that other presets in the process find it loaded
 * @param resource its path inside a jar
 */
record NativeFile(String sha256, long size, String library, String resource) {
  /** The file's name without folders. */
  String name() {
    return resource.substring(resource.lastIndexOf('/') + 1);
  }

  /** Opens the resource, or returns null when no jar on the class path or module path holds it. */
  @SuppressWarnings("NullAway") // this module knows no annotations
  InputStream open() {
    return NativeFile.class.getClassLoader().getResourceAsStream(resource);
  }

  /**
   * The libraries of a platform in loading order.
   *
   * @throws UnsatisfiedLinkError when no jar for the platform is there
   */
  static List<NativeFile> of(String platform) {
    String list = "org/portafilter/natives/" + platform + "/natives.txt";
    try (InputStream in = NativeFile.class.getClassLoader().getResourceAsStream(list)) {
      if (in == null) {
        throw new UnsatisfiedLinkError(
            "no native libraries for "
                + platform
                + " on the class path or module path"
                + present()
                + "; depend on org.portafilter:portafilter-platform,"
                + " which brings those of every supported platform (linux-x86_64)");
      }
      List<NativeFile> files = new ArrayList<>();
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] fields = line.split(" ");
        files.add(new NativeFile(fields[0], Long.parseLong(fields[1]), fields[2], fields[3]));
      }
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + list, e);
    }
  }

  private static String present() {
    List<String> names = new ArrayList<>();
    ServiceLoader.load(NativePlatform.class, NativeFile.class.getClassLoader())
        .forEach(platform -> names.addAll(platform.names()));
    return names.isEmpty() ? "" : ", only for " + String.join(", ", names);
  }
}
