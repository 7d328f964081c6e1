package org.portafilter.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.portafilter.data.ImageFile;
import org.portafilter.shape.Shape;

/** Folders of small images, one folder per class, whose classes any network tells by colour. */
final class ColourFolders {
  static final int SIZE = 28;
  private static final int PLANE = SIZE * SIZE;
  private static final int[][] COLOURS = {
    {230, 30, 30}, {30, 230, 30}, {30, 30, 230}, {220, 220, 30}, {30, 220, 220}, {220, 30, 220}
  };

  private ColourFolders() {}

  /** Writes {@code root/train} and {@code root/test}; the colour of a class is its place's. */
  static Path write(Path root, List<String> classes, int train, int test) throws IOException {
    for (int i = 0; i < classes.size(); i++) {
      write(root.resolve("train").resolve(classes.get(i)), i, train);
      write(root.resolve("test").resolve(classes.get(i)), i, test);
    }
    return root;
  }

  /** Writes images of one colour into a folder. */
  static void write(Path folder, int colour, int count) throws IOException {
    Files.createDirectories(folder);
    for (int i = 0; i < count; i++) {
      image(folder.resolve(i + ".png"), colour, i);
    }
  }

  /** Writes one noisy image of a colour. */
  static Path image(Path file, int colour, int number) {
    Random random = new Random(1000L * colour + number);
    byte[] pixels = new byte[3 * PLANE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (COLOURS[colour][i / PLANE] + random.nextInt(41) - 20);
    }
    ImageFile.write(file, pixels, Shape.of(3, SIZE, SIZE));
    return file;
  }
}
