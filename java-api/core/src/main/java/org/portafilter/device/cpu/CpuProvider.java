package org.portafilter.device.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.portafilter.device.Device;
import org.portafilter.device.DeviceProvider;

/** Opens CPU devices, one per thread count, kept for the life of the process. */
public final class CpuProvider implements DeviceProvider {
  private static final Map<Integer, CpuDevice> OPEN = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public Device open(int threads) {
    int count = threads > 0 ? threads : Math.min(1024, Runtime.getRuntime().availableProcessors());
    return OPEN.computeIfAbsent(count, CpuDevice::open);
  }
}
