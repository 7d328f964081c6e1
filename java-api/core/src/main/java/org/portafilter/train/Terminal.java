package org.portafilter.train;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Whether a stream ends at a terminal. */
final class Terminal {
  /** Pseudo-terminals, consoles, serial and hypervisor lines. */
  private static final Pattern DEVICE = Pattern.compile("/dev/(pts/\\d+|tty\\w*|console|hvc\\d+)");

  private Terminal() {}

  /**
   * Whether a stream of this process is a terminal that can rewrite a line. {@code System.console}
   * does not say: it asks about the standard input too, and from Java 22 on is there without any.
   */
  static boolean is(PrintStream out) {
    String kind = System.getenv("TERM");
    if (kind == null || kind.equals("dumb")) {
      return false;
    }
    return out == System.out ? isTerminal(1) : out == System.err && isTerminal(2);
  }

  private static boolean isTerminal(int descriptor) {
    try {
      return isDevice(Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString());
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** Whether a file is a terminal's device. */
  static boolean isDevice(String file) {
    return DEVICE.matcher(file).matches();
  }
}
