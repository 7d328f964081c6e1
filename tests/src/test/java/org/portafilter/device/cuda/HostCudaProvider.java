package org.portafilter.device.cuda;

import org.portafilter.device.Device;
import org.portafilter.device.DeviceProvider;

/** The device cuda-on-host: all of the cuda device but CUDA. */
public final class HostCudaProvider implements DeviceProvider {
  private static CudaDevice open;

  @Override
  public String name() {
    return "cuda-on-host";
  }

  @Override
  public Device open(int threads) {
    synchronized (HostCudaProvider.class) {
      if (open == null) {
        open = new CudaDevice(name(), new HostDriver());
      }
      return open;
    }
  }
}
