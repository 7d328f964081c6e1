package org.portafilter.device;

import java.util.List;

/** A list of commands that one call executes, with addresses fixed. */
public interface Program extends AutoCloseable {
  /** Brings this view to the device at the start of every run. */
  void upload(HostView view);

  /** Brings this view up to date at the end of every run. */
  void download(HostView view);

  /**
   * Executes all commands in order, and the transfers of views around them.
   *
   * @throws org.portafilter.shape.PortafilterException when a command fails; the message names the
   *     node
   */
  void run();

  /**
   * Makes a running {@link #run()} end before its next command; may be called from another thread.
   * A device that runs all commands as one ends that run first.
   */
  void cancel();

  /** Starts or stops timing; starting sets all times to zero. */
  void time(boolean on);

  /** The time of each command so far, in order; empty unless timing is on. */
  List<CommandTime> times();

  /** Nanoseconds spent in one command. */
  record CommandTime(String path, long nanoseconds) {}

  /** Frees the program; a second call does nothing. */
  @Override
  void close();
}
