package org.portafilter.platform;

import java.util.List;
import org.portafilter.binding.NativePlatform;

/** 64-bit Linux on x86. */
public final class LinuxX64 implements NativePlatform {
  /** Called by the service loader. */
  public LinuxX64() {}

  @Override
  public List<String> names() {
    return List.of("linux-x86_64");
  }
}
