package org.portafilter.device.cuda;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.portafilter.device.CacheFolder;
import org.portafilter.shape.PortafilterException;

/**
 * Our kernels in machine code of the present GPU, compiled by NVRTC once and kept in a cache by
 * what they were made from. Machine code, because an intermediate text may be newer than the
 * driver.
 */
final class Cubin {
  private static final String FOLDER = "cuda";

  private Cubin() {}

  /** The code for an architecture such as {@code sm_90}. */
  static byte[] of(String architecture) {
    String source = KernelText.read();
    List<String> options =
        List.of("--gpu-architecture=" + architecture, "--std=c++17", "--fmad=false");
    int[] major = new int[1];
    int[] minor = new int[1];
    check(nvrtc.nvrtcVersion(major, minor), "asking NVRTC for its version");
    String made = "nvrtc %s.%s %s %s".formatted(major[0], minor[0], options, source);
    String name = CacheFolder.nameOf(made.getBytes(StandardCharsets.UTF_8)) + ".cubin";
    byte[] kept = CacheFolder.read(FOLDER, name);
    if (kept != null) {
      return kept;
    }
    byte[] code = compile(source, options);
    CacheFolder.keep(FOLDER, name, code);
    return code;
  }

  private static byte[] compile(String source, List<String> options) {
    try (BytePointer text = new BytePointer(source);
        BytePointer name = new BytePointer("kernels.cu");
        PointerPointer<BytePointer> flags = new PointerPointer<>(options.toArray(new String[0]));
        SizeTPointer size = new SizeTPointer(1)) {
      _nvrtcProgram program = new _nvrtcProgram();
      check(
          nvrtc.nvrtcCreateProgram(
              program, text, name, 0, (PointerPointer<?>) null, (PointerPointer<?>) null),
          "giving the CUDA kernels to NVRTC");
      int status = nvrtc.nvrtcCompileProgram(program, options.size(), flags);
      if (status != 0) {
        throw new PortafilterException(
            "the CUDA kernels do not compile with %s: %s%n%s"
                .formatted(options, nvrtc.nvrtcGetErrorString(status).getString(), log(program)));
      }
      check(nvrtc.nvrtcGetCUBINSize(program, size), "asking for the size of the CUDA kernels");
      byte[] code = new byte[Math.toIntExact(size.get())];
      check(nvrtc.nvrtcGetCUBIN(program, code), "fetching the CUDA kernels");
      nvrtc.nvrtcDestroyProgram(program);
      return code;
    }
  }

  private static String log(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      nvrtc.nvrtcGetProgramLogSize(program, size);
      byte[] log = new byte[Math.toIntExact(size.get())];
      nvrtc.nvrtcGetProgramLog(program, log);
      return new String(log, StandardCharsets.UTF_8).trim();
    }
  }

  private static void check(int status, String what) {
    if (status != 0) {
      throw new PortafilterException(
          what + ": NVRTC answered " + nvrtc.nvrtcGetErrorString(status).getString());
    }
  }
}
