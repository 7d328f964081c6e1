package org.portafilter.natives;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.device.Device;
import org.portafilter.shape.PortafilterException;

/** A machine without CUDA, and a program that asks for it. */
@Tag("natives")
class CudaMissingTest {
  @Test
  void theErrorNamesWhatIsMissingAndWhatBringsIt() {
    assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "this machine has a GPU");
    PortafilterException e = assertThrows(PortafilterException.class, Device::cuda);
    System.out.println(e.getMessage().indent(4));
    for (String word :
        new String[] {
          "libcuda.so.1",
          "needed: CUDA 13",
          "found: no NVIDIA driver",
          "pip install",
          "portafilter-cuda"
        }) {
      assertTrue(e.getMessage().contains(word), e.getMessage());
    }
  }
}
