package org.portafilter.testkit;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.device.Device;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;

/**
 * A device that offers kernels of one kind of numerics first, where it has them; as it is for an
 * empty kind. The kind is the end of a numericsId, such as {@code winograd}.
 */
public final class Preferring extends ChangedDevice {
  private final String numericsId;

  /** Of a device and the kind it shall prefer. */
  public Preferring(Device device, String numericsId) {
    super(device);
    this.numericsId = numericsId;
  }

  @Override
  public List<Kernel> candidates(KernelRequest request) {
    List<Kernel> kernels = new ArrayList<>(super.candidates(request));
    kernels.sort((a, b) -> Boolean.compare(isPreferred(b), isPreferred(a)));
    return kernels;
  }

  private boolean isPreferred(Kernel kernel) {
    return !numericsId.isEmpty() && (" " + kernel.numericsId()).endsWith(" " + numericsId);
  }
}
