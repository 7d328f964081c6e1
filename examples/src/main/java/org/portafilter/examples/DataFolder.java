package org.portafilter.examples;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Cifar;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.DrawnShapes;
import org.portafilter.data.Fit;
import org.portafilter.data.Idx;
import org.portafilter.data.ImageFolder;
import org.portafilter.data.Split;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/** Recognises what a data folder holds, and reads it. */
final class DataFolder {
  static final String HELP =
      "Folder with IDX files, binary CIFAR, or train/CLASS/*.png and test/CLASS/*.png"
          + "; drawn images if absent.";

  private static final int DRAWN_TRAIN = 20_000;
  private static final int DRAWN_TEST = 5_000;

  private DataFolder() {}

  /** Images the library draws: grey digits, or coloured shapes for networks that want colour. */
  static Split drawn(boolean colour, long seed) {
    return colour
        ? DrawnShapes.split(DRAWN_TRAIN, DRAWN_TEST, seed)
        : DrawnDigits.split(DRAWN_TRAIN, DRAWN_TEST, seed);
  }

  /**
   * Reads a folder.
   *
   * @param size height and width of the images of an image folder; others have their own
   */
  static Split read(Path folder, @Nullable Integer size) {
    if (!Files.isDirectory(folder)) {
      throw new PortafilterException(folder + ": no such folder");
    }
    if (has(folder, "train-images-idx3-ubyte") || has(folder, "train-images-idx3-ubyte.gz")) {
      return Idx.mnist(folder);
    }
    if (has(folder, "data_batch_1.bin")) {
      return Cifar.ten(folder);
    }
    if (has(folder, "train.bin")) {
      return Cifar.hundred(folder);
    }
    if (has(folder, "train") && has(folder, "test")) {
      if (size == null) {
        throw new PortafilterException(
            folder + ": an image folder needs --size N, the height and width to read images at");
      }
      return ImageFolder.split(folder, Shape.of(3, size, size), Fit.CROP);
    }
    throw new PortafilterException(
        folder
            + ": holds neither IDX files (train-images-idx3-ubyte), nor binary CIFAR"
            + " (data_batch_1.bin or train.bin), nor the folders train and test");
  }

  private static boolean has(Path folder, String name) {
    return Files.exists(folder.resolve(name));
  }
}
