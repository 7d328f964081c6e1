package org.portafilter.shape;

/** Shapes or element types that do not fit together. */
public class ShapeException extends PortafilterException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message path, op, what was expected, what came, and the remedy
   */
  public ShapeException(String message) {
    super(message);
  }
}
