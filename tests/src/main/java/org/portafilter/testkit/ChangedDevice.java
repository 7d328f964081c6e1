package org.portafilter.testkit;

import java.util.List;
import org.portafilter.device.Buffer;
import org.portafilter.device.Device;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.Program;

/** A device as it is, for a test to change in one point. */
public abstract class ChangedDevice implements Device {
  private final Device device;

  /** Of the device to change. */
  protected ChangedDevice(Device device) {
    this.device = device;
  }

  @Override
  public String name() {
    return device.name();
  }

  @Override
  public int threads() {
    return device.threads();
  }

  @Override
  public String describe() {
    return device.describe();
  }

  @Override
  public String identity() {
    return device.identity();
  }

  @Override
  public long cacheBytes() {
    return device.cacheBytes();
  }

  @Override
  public KernelRequest arrange(KernelRequest request) {
    return device.arrange(request);
  }

  @Override
  public List<Kernel> candidates(KernelRequest request) {
    return device.candidates(request);
  }

  @Override
  public Buffer allocate(long bytes) {
    return device.allocate(bytes);
  }

  @Override
  public Program program() {
    return device.program();
  }
}
