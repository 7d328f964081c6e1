package org.portafilter.binding;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What this library sets of JavaCPP's settings, before it is used and where the user set none. */
public final class JavaCppSettings {
  private static final String CACHE = "org.bytedeco.javacpp.cachedir";
  private static final String OTHER_CACHE = "org.bytedeco.javacpp.cacheDir";

  /** What {@link #lend} set last, which is not the user's wish. */
  private static String lent;

  private JavaCppSettings() {}

  /**
   * JavaCPP may poll physical memory and collect garbage on allocation. Nothing here is freed by
   * the garbage collector, so both are off unless the user asked for them.
   */
  public static void quiet() {
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

  /**
   * Gives JavaCPP a part of our cache where its own, {@code ~/.javacpp}, cannot be: it would make a
   * folder of the name {@code ?} for a user without a home, or take a folder for temporary files
   * that others may have made before.
   *
   * @param folder one that only this user can write in
   */
  public static synchronized void lend(Path folder) {
    String set = System.getProperty(CACHE, System.getProperty(OTHER_CACHE));
    if ((set == null || set.equals(lent)) && !hasOwn()) {
      lent = folder.resolve("javacpp").toString();
      System.setProperty(CACHE, lent);
    }
  }

  private static boolean hasOwn() {
    Path home = CacheFolders.absolute(System.getProperty("user.home"));
    if (home == null) {
      return false;
    }
    Path cache = home.resolve(".javacpp").resolve("cache");
    try {
      CacheFolders.makeParents(cache.getParent());
      CacheFolders.make(cache);
      return Files.isWritable(cache);
    } catch (IOException e) {
      return false;
    }
  }
}
