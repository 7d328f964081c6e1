package org.portafilter.device.cuda;

import java.util.List;
import org.portafilter.device.Buffer;
import org.portafilter.device.Device;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.Program;

/** One GPU, one stream: programs take turns. */
final class CudaDevice implements Device {
  private final String name;
  private final Driver driver;

  CudaDevice(String name, Driver driver) {
    this.name = name;
    this.driver = driver;
  }

  @Override
  public String name() {
    return name;
  }

  /** The host's part is one thread. */
  @Override
  public int threads() {
    return 1;
  }

  @Override
  public String describe() {
    return "device: " + name + System.lineSeparator() + driver.describe();
  }

  @Override
  public String identity() {
    return driver.gpu() + " " + driver.numerics();
  }

  @Override
  public KernelRequest arrange(KernelRequest request) {
    return CudaLayouts.arrange(request);
  }

  @Override
  public List<Kernel> candidates(KernelRequest request) {
    synchronized (driver) {
      return CudaKernels.candidates(driver, request);
    }
  }

  @Override
  public Buffer allocate(long bytes) {
    return CudaBuffer.allocate(driver, bytes);
  }

  @Override
  public Program program() {
    return new CudaProgram(driver);
  }
}
