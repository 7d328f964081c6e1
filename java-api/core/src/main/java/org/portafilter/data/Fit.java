package org.portafilter.data;

/** What to do with an image that does not have the size asked for. */
public enum Fit {
  /** Refuse it, by its header, before it is decoded. */
  EXACT,
  /** Scale height and width each to the size asked for. */
  STRETCH,
  /**
   * Scale it, sides in proportion, until it covers the size asked for, and keep the centre; what is
   * cut off is never computed.
   */
  CROP
}
