package org.portafilter.testkit;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.device.Buffer;
import org.portafilter.device.Device;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.Program;

/**
 * A device that offers kernels of one kind of numerics first, where it has them; as it is for an
 * empty kind.
 */
public record Preferring(Device device, String numericsId) implements Device {
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
  public KernelRequest arrange(KernelRequest request) {
    return device.arrange(request);
  }

  @Override
  public List<Kernel> candidates(KernelRequest request) {
    List<Kernel> kernels = new ArrayList<>(device.candidates(request));
    kernels.sort((a, b) -> Boolean.compare(isPreferred(b), isPreferred(a)));
    return kernels;
  }

  private boolean isPreferred(Kernel kernel) {
    return kernel.numericsId().equals(numericsId);
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
