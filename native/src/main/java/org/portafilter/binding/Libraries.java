package org.portafilter.binding;

import java.util.Locale;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;

/** Loads the native libraries once, OpenBLAS first, and checks that they fit this Java code. */
public final class Libraries {
  private Libraries() {}

  /**
   * Loads what is not loaded yet.
   *
   * @throws UnsatisfiedLinkError when a library is missing, cannot be loaded, or has another ABI
   *     version
   */
  public static synchronized void load() {
    quietJavaCpp();
    Loader.load(openblas_nolapack.class);
    Loader.load(Kernels.class);
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
