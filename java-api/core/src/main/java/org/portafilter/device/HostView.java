package org.portafilter.device;

import java.nio.ByteBuffer;

/**
 * The host's side of a piece of device memory: the memory itself where the host reaches it, and a
 * copy of it where not.
 */
public interface HostView {
  /** The bytes, in native order; the same buffer at every call. */
  ByteBuffer bytes();

  /** Brings what was written to {@link #bytes} to the device. */
  void upload();

  /** Brings the device's values into {@link #bytes}. */
  void download();
}
