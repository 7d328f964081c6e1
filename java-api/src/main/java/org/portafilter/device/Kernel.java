package org.portafilter.device;

/** One way to do the work of one node on one device: sizes known, addresses not yet. */
public interface Kernel {
  /** Names everything that decides the bits of the result. */
  String numericsId();

  /** Bytes it needs while it runs. */
  long workspaceBytes();

  /** Whether an output may be the memory of an input of the same size. */
  boolean mayOverwrite(int output, int input);

  /** Appends the commands that do the work at these addresses. */
  void emit(Program program, Addresses at);
}
