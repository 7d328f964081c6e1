package org.portafilter.device.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.Loader;
import org.portafilter.device.CacheFolder;
import org.portafilter.shape.PortafilterException;

/** Loads CUDA's libraries, and says what is missing, what is there, and what to install. */
final class CudaLibraries {
  private static final Path DRIVER_VERSION = Path.of("/proc/driver/nvidia/version");

  /** Majors of the libraries the presets were built for, and the oldest driver that runs them. */
  private static final String NEEDED =
      "CUDA 13 (libcudart.so.13, libcublas.so.13, libnvrtc.so.13), cuDNN 9 (libcudnn.so.9), an NVIDIA driver of 580 or newer (libcuda.so.1)";

  private static final String REMEDY =
      """
      to fix it, give the process the libraries on LD_LIBRARY_PATH, for example from
        python3 -m pip install nvidia-cuda-runtime nvidia-cublas nvidia-cuda-nvrtc nvidia-cudnn-cu13
      or from NVIDIA's packages cuda-libraries-13-0 and libcudnn9-cuda-13; the wrappers come with
        <dependency>
          <groupId>org.portafilter</groupId>
          <artifactId>portafilter-cuda</artifactId>
        </dependency>""";

  private CudaLibraries() {}

  /** Loads them, in the order in which they need each other. */
  static void load() {
    CacheFolder.prepareJavaCpp();
    List<Class<?>> libraries = List.of(cudart.class, nvrtc.class, cublas.class, cudnn.class);
    for (Class<?> library : libraries) {
      try {
        Loader.load(library);
      } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
        throw new PortafilterException(
            "the device cuda cannot load %s: %s%nneeded: %s%nfound: %s%n%s"
                .formatted(library.getSimpleName(), reason(e), NEEDED, driver(), REMEDY),
            e);
      }
    }
  }

  /** The innermost message that names a file. */
  private static String reason(Throwable thrown) {
    String reason = String.valueOf(thrown.getMessage());
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (message.contains(".so")) {
        reason = message;
      }
    }
    return reason;
  }

  /** What the kernel module says of itself. */
  static String driver() {
    try {
      return Files.readAllLines(DRIVER_VERSION).get(0);
    } catch (IOException | IndexOutOfBoundsException e) {
      return "no NVIDIA driver (" + DRIVER_VERSION + " is missing)";
    }
  }
}
