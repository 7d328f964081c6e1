package org.portafilter.device.cuda;

import org.jspecify.annotations.Nullable;
import org.portafilter.device.Device;
import org.portafilter.device.DeviceProvider;
import org.portafilter.shape.PortafilterException;

/** Opens the GPU once, when somebody asks for it; kept for the life of the process. */
public final class CudaProvider implements DeviceProvider {
  private static final String NAME = "cuda";
  private static @Nullable CudaDevice open;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Device open(int threads) {
    if (threads > 1) {
      throw new PortafilterException("the device cuda has no threads to choose, got " + threads);
    }
    synchronized (CudaProvider.class) {
      CudaDevice device = open;
      if (device == null) {
        device = new CudaDevice(NAME, CudaDriver.open());
        open = device;
      }
      return device;
    }
  }
}
