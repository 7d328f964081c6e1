package org.portafilter.device;

/** Who chooses among the kernels that can do the work of a node. */
public enum Tuning {
  /**
   * A table that ships with the library: a function of shapes, types, math mode and instruction
   * set. Results are the same from run to run and from machine to machine of one kind.
   */
  SHIPPED,
  /**
   * Timing on this machine, the first time a shape is met, and a file that remembers it. Kernels
   * differ in rounding, so results may differ from those of {@link #SHIPPED} and of other machines
   * within the tolerances of the math mode; they are the same from run to run while the file stays.
   * A checkpoint names the kernels it was trained with.
   */
  MEASURED
}
