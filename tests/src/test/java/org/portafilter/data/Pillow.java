package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.portafilter.shape.Shape;

/** Pillow, run by a Python of this machine: what other people's image readers answer. */
final class Pillow {
  private static final List<String> PYTHONS = List.of("python3", "/usr/bin/python3");
  private static final String LACKING =
      "no python3 with Pillow was found; on Debian, apt-get install python3-pil";

  private Pillow() {}

  /** Skips the test where there is no Pillow, or fails it on a build server. */
  static String python() throws InterruptedException {
    for (String python : PYTHONS) {
      try {
        Process process =
            new ProcessBuilder(python, "-c", "import PIL").redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        if (process.waitFor() == 0) {
          return python;
        }
      } catch (IOException e) {
        continue;
      }
    }
    if ("true".equals(System.getenv("CI"))) {
      return fail(LACKING);
    }
    return abort(LACKING);
  }

  /** Runs a script in a folder. */
  static String run(Path folder, String script, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(python(), Files.writeString(folder.resolve("run.py"), script) + ""));
    command.addAll(List.of(arguments));
    Path printed = folder.resolve("run.txt");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.directory(new File(folder.toString()));
    Process process = builder.start();
    Files.write(printed, process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), () -> text(printed));
    return text(printed);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /**
   * Reads every image of a folder as Pillow does, upright: {@code NAME.L} and {@code NAME.RGB} hold
   * its height, its width and its values, pixel by pixel.
   *
   * @param ending of the images' names
   */
  static void readAll(Path folder, String ending) throws IOException, InterruptedException {
    run(
        folder,
        """
        import glob, struct, sys, warnings
        from PIL import Image, ImageOps
        warnings.simplefilter('ignore')
        for name in sorted(glob.glob('*' + sys.argv[1])):
            image = ImageOps.exif_transpose(Image.open(name))
            for mode in ('L', 'RGB'):
                with open(name + '.' + mode, 'wb') as out:
                    out.write(struct.pack('>ii', image.size[1], image.size[0]))
                    out.write(image.convert(mode).tobytes())
        """,
        ending);
  }

  /**
   * What Pillow read.
   *
   * @param planes plane after plane
   */
  record Pixels(int channels, int height, int width, byte[] planes) {
    static Pixels of(Path folder, String name, int channels) throws IOException {
      String mode = channels == 1 ? ".L" : ".RGB";
      ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name + mode)));
      int height = file.getInt();
      int width = file.getInt();
      byte[] planes = new byte[channels * height * width];
      for (int i = 0; i < planes.length; i++) {
        planes[i % channels * height * width + i / channels] = file.get();
      }
      return new Pixels(channels, height, width, planes);
    }

    Shape shape() {
      return Shape.of(channels, height, width);
    }

    int worstDifference(byte[] other) {
      int worst = 0;
      for (int i = 0; i < planes.length; i++) {
        worst = Math.max(worst, Math.abs((planes[i] & 255) - (other[i] & 255)));
      }
      return worst;
    }
  }
}
