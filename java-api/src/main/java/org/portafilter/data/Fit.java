package org.portafilter.data;

/** What to do with an image that does not have the size asked for. */
public enum Fit {
  /** Refuse it. */
  EXACT,
  /** Scale height and width each to the size asked for. */
  STRETCH,
  /** Scale it, sides in proportion, until it covers the size asked for, and keep the centre. */
  CROP
}
