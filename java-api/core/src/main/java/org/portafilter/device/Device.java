package org.portafilter.device;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.portafilter.shape.PortafilterException;

/**
 * Where a plan runs. A device offers kernels for ops, memory for arenas, and programs that execute
 * kernels.
 *
 * <pre>{@code
 * Device cpu = Device.cpu();
 * System.out.println(cpu.describe());
 * }</pre>
 */
public interface Device {
  /**
   * The CPU with one thread per core the process may use. Every call returns the same device.
   *
   * @throws PortafilterException when the native library for this platform is missing; the message
   *     names the Maven lines
   */
  static Device cpu() {
    return provider("cpu").open(0);
  }

  /**
   * The CPU with this many threads, the calling one included. Results do not depend on it.
   *
   * @param threads 1 to 1024
   */
  static Device cpu(int threads) {
    if (threads < 1 || threads > 1024) {
      throw new PortafilterException("threads must be between 1 and 1024, got " + threads);
    }
    return provider("cpu").open(threads);
  }

  /**
   * The first NVIDIA GPU, through cuDNN, cuBLAS and kernels compiled for it; in the artifact {@code
   * portafilter-cuda}. Every call returns the same device.
   *
   * @throws PortafilterException when the artifact, the driver, a library or the GPU is missing;
   *     the message names it, what is needed and what brings it. There is no fallback to the CPU.
   */
  static Device cuda() {
    return provider("cuda").open(0);
  }

  /**
   * A device by its short name, with as many threads as it likes.
   *
   * @param name {@code cpu} or {@code cuda}
   * @throws PortafilterException when no device of this name is there; the message names those that
   *     are
   */
  static Device named(String name) {
    return provider(name).open(0);
  }

  private static DeviceProvider provider(String name) {
    List<String> there = new ArrayList<>();
    for (DeviceProvider provider :
        ServiceLoader.load(DeviceProvider.class, Device.class.getClassLoader())) {
      if (provider.name().equals(name)) {
        return provider;
      }
      there.add(provider.name());
    }
    throw new PortafilterException(
        "no device '%s' on the class path or module path, only %s; this release has the devices cpu, in the artifact org.portafilter:portafilter-platform, and cuda, in org.portafilter:portafilter-cuda"
            .formatted(name, there));
  }

  /** The device's short name, for example {@code cpu}. */
  String name();

  /** Threads that share the work. */
  int threads();

  /** What runs here and why, in lines of {@code key: value}. */
  String describe();

  /** Names the hardware, its share and the libraries' builds: what measured times hold for. */
  String identity();

  /**
   * The same work with the layouts this device does it best in, given the layouts its inputs have
   * now; all plain unless a device says otherwise.
   */
  default KernelRequest arrange(KernelRequest request) {
    return request;
  }

  /**
   * Bytes that one step of a program leaves where the next finds them fast; as many as it likes
   * unless a device says otherwise.
   */
  default long cacheBytes() {
    return Long.MAX_VALUE;
  }

  /** The kernels that can do this work, best first; empty when the device cannot do it. */
  List<Kernel> candidates(KernelRequest request);

  /**
   * Memory of its own, zeroed and touched.
   *
   * @throws PortafilterException when there is not enough; the message gives both numbers
   */
  Buffer allocate(long bytes);

  /** An empty program. */
  Program program();
}
