package org.portafilter.curve;

/** Losses of the first steps, recorded once; they change only when the arithmetic is meant to. */
final class Golden {
  static final double[] LENET = {};
  static final double[] RESNET20 = {};

  private Golden() {}
}
