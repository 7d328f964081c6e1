package org.portafilter.device.cuda;

import org.bytedeco.javacpp.Pointer;

/** A raw address as the presets want it. */
final class Address extends Pointer {
  Address(long address) {
    this.address = address;
  }
}
