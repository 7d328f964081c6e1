package org.portafilter.device;

import org.portafilter.shape.PortafilterException;

/** A scaled gradient is infinite or NaN; the step that computed it changed nothing. */
public class OverflowException extends PortafilterException {
  private static final long serialVersionUID = 1L;

  /**
   * @param where which gradient
   */
  public OverflowException(String where) {
    super(
        where
            + ": a scaled gradient is infinite or NaN; use a smaller loss scale, or a Trainer, which finds one");
  }
}
