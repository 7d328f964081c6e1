package org.portafilter.testkit;

import org.portafilter.device.Device;
import org.portafilter.shape.Layout;

/** The device that tests run on: {@code -Dportafilter.device=NAME}, {@code cpu} unless given. */
public final class TestDevice {
  private TestDevice() {}

  /** The device. */
  public static Device get() {
    return Device.named(System.getProperty("portafilter.device", "cpu"));
  }

  /** Whether it is the CPU. */
  public static boolean isCpu() {
    return get().name().equals("cpu");
  }

  /** The layout that this device's convolutions want. */
  public static Layout inner() {
    return isCpu() ? Layout.CHANNEL_BLOCKS : Layout.CHANNELS_LAST;
  }
}
