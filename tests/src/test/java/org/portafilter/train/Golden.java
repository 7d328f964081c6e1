package org.portafilter.train;

/**
 * Losses of the first steps in {@code FLOAT64}, recorded once; every instruction set and every
 * OpenBLAS gives them. They change only when the arithmetic is meant to.
 */
final class Golden {
  static final double[] LENET = {
    2.740187191017, 2.670633228058, 2.443621204840, 2.487584722269, 2.295660766005,
    2.172916088469, 2.135515393803, 1.825688273707, 2.114808504052, 1.916630402270
  };
  static final double[] SMOOTH_LENET = {
    2.859316299764, 2.550611181837, 2.584905251085, 2.690555868220, 2.124389091707,
    2.162877359281, 2.296947674663, 1.647207825022, 1.802962233718, 1.830914166160
  };
  static final double[] RESNET20 = {2.584352259509, 2.416802275448, 2.132497734152, 2.598728038686};

  private Golden() {}
}
