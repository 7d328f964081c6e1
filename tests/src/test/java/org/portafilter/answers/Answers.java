package org.portafilter.answers;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;
import org.portafilter.shape.PortafilterException;

/** Checks what the library answers to bad input, and prints it as a user sees it. */
final class Answers {
  private Answers() {}

  /**
   * The message of the library's exception, which must hold every part: what, where, expected, got,
   * and the remedy.
   */
  static String expect(String input, Executable use, String... parts) {
    String message = assertThrows(PortafilterException.class, use, input).getMessage();
    return require(input, message, parts);
  }

  /** Checks and prints a message that came some other way. */
  static String require(String input, String message, String... parts) {
    System.out.println("answer to " + input + ":\n    " + message.replace("\n", "\n    "));
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "'" + part + "' is missing in: " + message);
    }
    return message;
  }
}
