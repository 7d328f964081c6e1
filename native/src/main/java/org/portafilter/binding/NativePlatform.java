package org.portafilter.binding;

import java.util.List;

/**
 * Says which platforms' native libraries came along. A platform jar provides it, so that the module
 * system, which resolves providers, resolves the jars with the libraries too.
 */
public interface NativePlatform {
  /** Names such as {@code linux-x86_64}. */
  List<String> names();
}
