package org.portafilter.natives;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Runs programs as a user whom the system knows by a number alone, as containers do. */
final class NamelessUser {
  /** A number without a name on any system. */
  static final int ID = 12345;

  private static final List<String> AS_ROOT =
      List.of("setpriv", "--reuid", "" + ID, "--regid", "" + ID, "--clear-groups", "--");
  private static final List<String> AS_ANYBODY =
      List.of("unshare", "--user", "--map-user=" + ID, "--");

  private NamelessUser() {}

  /** What to put before a command; without a way to, the test is skipped, but fails under CI. */
  static List<String> prefix() throws IOException, InterruptedException {
    if (isRoot() && works(AS_ROOT)) {
      return AS_ROOT;
    }
    if (works(AS_ANYBODY)) {
      return AS_ANYBODY;
    }
    String reason = "running as user " + ID + " needs root and setpriv, or unshare --user";
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError(reason);
    }
    return abort(reason);
  }

  /** Whether files can be given to other users here. */
  static boolean isRoot() throws IOException, InterruptedException {
    Process id = new ProcessBuilder("id", "-u").start();
    String said = new String(id.getInputStream().readAllBytes()).trim();
    return id.waitFor() == 0 && said.equals("0");
  }

  private static boolean works(List<String> prefix) throws InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of("sh", "-c", "test $(id -u) = " + ID));
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
