package org.portafilter.device;

/** Makes devices of one kind; found by {@link java.util.ServiceLoader}. */
public interface DeviceProvider {
  /** The short name users ask for. */
  String name();

  /**
   * A device of this kind.
   *
   * @param threads how many, or 0 for one per core the process may use
   */
  Device open(int threads);
}
