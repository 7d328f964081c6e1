package org.portafilter.device;

/** One way to do the work of one node on one device: sizes known, addresses not yet. */
public interface Kernel {
  /**
   * Names everything that decides the bits of the result, the same from run to run: the device, its
   * instruction set or architecture, the build of its libraries, and last how this kernel computes.
   */
  String numericsId();

  /** Bytes it needs while it runs. */
  long workspaceBytes();

  /** Bytes that {@link #prepare} can fill once for many runs; 0 for none. */
  default long preparedBytes() {
    return 0;
  }

  /** The only input that what is prepared depends on. */
  default int preparedInput() {
    return 1;
  }

  /**
   * Appends the commands that fill the prepared bytes; later runs need them until the input
   * changes.
   */
  default void prepare(Program program, Addresses at) {}

  /** Whether an output may be the memory of an input of the same size. */
  boolean mayOverwrite(int output, int input);

  /** Appends the commands that do the work at these addresses. */
  void emit(Program program, Addresses at);
}
