package org.portafilter.device;

import org.portafilter.shape.PortafilterException;

/** A value that was required to be finite is infinite or NaN. */
public class NotFiniteException extends PortafilterException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message which value
   */
  public NotFiniteException(String message) {
    super(message);
  }
}
