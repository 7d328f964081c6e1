package org.portafilter.shape;

/** The root of every exception this library throws on purpose. */
public class PortafilterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what failed, where, what was expected, what came, and the remedy
   */
  public PortafilterException(String message) {
    super(message);
  }

  /**
   * @param message what failed, where, what was expected, what came, and the remedy
   * @param cause what the system reported
   */
  public PortafilterException(String message, Throwable cause) {
    super(message, cause);
  }
}
