package org.portafilter.device;

import org.portafilter.shape.PortafilterException;

/** A value that was required to be finite is infinite or NaN. */
public class NotFiniteException extends PortafilterException {
  private static final long serialVersionUID = 1L;

  /** The node that required it. */
  private final String path;

  /**
   * @param path the node that required it, and names the value
   */
  public NotFiniteException(String path) {
    super(path + ": a value is infinite or NaN");
    this.path = path;
  }

  /** The node that required it: {@code gradient/} and a parameter's path for its gradient. */
  public String path() {
    return path;
  }
}
