package org.portafilter.device;

import org.portafilter.shape.PortafilterException;

/** A scaled gradient is infinite or NaN; the step that computed it changed nothing. */
public class OverflowException extends PortafilterException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message which gradient
   */
  public OverflowException(String message) {
    super(message);
  }
}
