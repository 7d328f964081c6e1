package org.portafilter.device;

import org.portafilter.shape.PortafilterException;

/** More memory is needed than there is, or than the caller allowed. */
public class MemoryException extends PortafilterException {
  private static final long serialVersionUID = 1L;

  /** Bytes there are. */
  private final long available;

  /**
   * @param message both numbers and the remedy
   * @param available bytes there are
   */
  public MemoryException(String message, long available) {
    super(message);
    this.available = available;
  }

  /** Bytes there are, or that the caller allowed. */
  public long available() {
    return available;
  }
}
