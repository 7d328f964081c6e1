package org.portafilter.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.portafilter.device.Device;
import org.portafilter.init.Constant;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import picocli.CommandLine.Command;

/** Says what this machine gives the library, what is missing, and how to fix it. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Says what was found on this machine, what is missing, and how to fix it.")
final class Doctor implements Callable<Integer> {
  /** What matters for the choice of kernels. */
  private static final List<String> FEATURES =
      List.of("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512vl", "avx512_bf16", "amx_tile");

  private final List<String> complaints = new ArrayList<>();

  @Override
  public Integer call() {
    print("java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
    print("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    cpu();
    long heap = Runtime.getRuntime().maxMemory();
    print("heap", String.format(Locale.ROOT, "%,d bytes at most", heap));
    print("memory", proc("/proc/meminfo", "MemAvailable:") + " available");
    print("huge pages", bracketed("/sys/kernel/mm/transparent_hugepage/enabled"));
    device();
    cuda();
    complaints.forEach(complaint -> System.out.println("problem: " + complaint));
    System.out.println(complaints.isEmpty() ? "all well" : complaints.size() + " to fix");
    return complaints.isEmpty() ? 0 : 1;
  }

  private static void print(String what, String value) {
    System.out.println(what + ": " + value);
  }

  private void cpu() {
    print("cpu", proc("/proc/cpuinfo", "model name"));
    List<String> flags = List.of(proc("/proc/cpuinfo", "flags").split(" "));
    print("cpu features", String.join(" ", FEATURES.stream().filter(flags::contains).toList()));
    if (!flags.contains("avx2")) {
      complaints.add(
          "this CPU, or the virtual machine's model of it, has no AVX2: kernels run at SSE speed; choose a host CPU model");
    }
  }

  private void device() {
    try {
      Device cpu = Device.cpu();
      System.out.println(cpu.describe());
      selfTest(cpu);
    } catch (PortafilterException e) {
      complaints.add(e.getMessage());
    }
  }

  /** A GPU is no duty: what it lacks is said, and is no complaint. */
  private void cuda() {
    try {
      Device cuda = Device.cuda();
      System.out.println(cuda.describe());
      selfTest(cuda);
    } catch (PortafilterException e) {
      print("cuda", "not usable here: " + e.getMessage());
    }
  }

  /** One convolution whose answer is known: all ones under a 3 x 3 window of ones. */
  private void selfTest(Device device) {
    Conv2d ones = Conv2d.of(1, 3).withBias(false).withInitializer(Constant.ones());
    try (Network net =
            Network.create(Sequential.of(ones, Flatten.of()), Shape.of(1, 4, 4), device, 1);
        Predictor predictor = net.session(1)) {
      float[] image = new float[16];
      Arrays.fill(image, 1);
      for (float value : predictor.predict(image)) {
        if (value != 9) {
          complaints.add("a convolution of ones gave " + value + " instead of 9; please report it");
          return;
        }
      }
      print("self test", "a convolution gives the right answer");
    }
  }

  private static String proc(String file, String key) {
    try (Stream<String> lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(key))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).trim())
          .orElse("unknown");
    } catch (IOException | UncheckedIOException e) {
      return "unknown";
    }
  }

  private static String bracketed(String file) {
    try {
      return Files.readString(Path.of(file)).replaceAll("(?s).*\\[(.*)\\].*", "$1");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
