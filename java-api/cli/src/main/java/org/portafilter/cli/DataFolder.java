package org.portafilter.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Cifar;
import org.portafilter.data.Dataset;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.DrawnShapes;
import org.portafilter.data.Fit;
import org.portafilter.data.Idx;
import org.portafilter.data.ImageFolder;
import org.portafilter.data.Split;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/** Recognises what a data folder holds, and reads it with the names of its classes. */
final class DataFolder {
  static final String HELP =
      "Folder with IDX files, binary CIFAR, or train/CLASS/*.png and test/CLASS/*.png"
          + "; drawn images if absent.";

  private static final int DRAWN_TRAIN = 20_000;
  private static final int DRAWN_TEST = 5_000;

  private DataFolder() {}

  /** Images to train with, and others to test with. */
  record Parts(NamedImages train, NamedImages test) {}

  /** Images the library draws: grey digits, or coloured shapes for networks that want colour. */
  static Parts drawn(boolean colour, long seed) {
    return colour
        ? parts(
            "the drawn shapes",
            DrawnShapes.split(DRAWN_TRAIN, DRAWN_TEST, seed),
            DrawnShapes.CLASSES)
        : parts("the drawn digits", DrawnDigits.split(DRAWN_TRAIN, DRAWN_TEST, seed), numbers(10));
  }

  /**
   * Reads a folder to train with.
   *
   * @param size height and width of the images of an image folder; others have their own
   * @param fit how the images of an image folder come to that size
   */
  static Parts read(Path folder, @Nullable Integer size, Fit fit) {
    if (holdsImages(folder)) {
      if (size == null) {
        throw new PortafilterException(
            folder + ": an image folder needs --size N, the height and width to read images at");
      }
      Shape shape = Shape.of(3, size, size);
      return new Parts(
          images(folder.resolve("train"), shape, fit), images(folder.resolve("test"), shape, fit));
    }
    return stored(folder);
  }

  /**
   * Reads a folder's test images, and of an image folder only those.
   *
   * @param shape of the images of an image folder; others have their own
   * @param fit how the images of an image folder come to that shape
   */
  static NamedImages readTest(Path folder, Shape shape, Fit fit) {
    return holdsImages(folder) ? images(folder.resolve("test"), shape, fit) : stored(folder).test();
  }

  private static NamedImages images(Path folder, Shape shape, Fit fit) {
    ImageFolder read = ImageFolder.read(folder, shape, fit);
    return new NamedImages(folder.toString(), read.dataset(), read.classes(), fit);
  }

  private static Parts stored(Path folder) {
    if (Idx.isMnist(folder)) {
      Split digits = Idx.mnist(folder);
      return new Parts(
          numbered(folder + "/train", digits.train()), numbered(folder + "/t10k", digits.test()));
    }
    if (has(folder, "data_batch_1.bin")) {
      return parts(folder.toString(), Cifar.ten(folder), listed(folder, "batches.meta.txt"));
    }
    if (has(folder, "train.bin")) {
      return parts(
          folder.toString(), Cifar.hundred(folder), listed(folder, "fine_label_names.txt"));
    }
    throw new PortafilterException(
        folder
            + ": holds neither IDX files (train-images-idx3-ubyte), nor binary CIFAR"
            + " (data_batch_1.bin or train.bin), nor the folders train and test");
  }

  private static Parts parts(String where, Split split, List<String> classes) {
    return new Parts(
        new NamedImages(where, split.train(), classes, Fit.EXACT),
        new NamedImages(where, split.test(), classes, Fit.EXACT));
  }

  private static NamedImages numbered(String where, Dataset images) {
    return new NamedImages(where, images, numbers(images.classes()), Fit.EXACT);
  }

  private static List<String> numbers(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).toList();
  }

  /** The lines of CIFAR's own list of class names; none where it is missing. */
  private static List<String> listed(Path folder, String name) {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      return Files.readAllLines(file).stream()
          .map(String::strip)
          .filter(s -> !s.isEmpty())
          .toList();
    } catch (IOException e) {
      throw new PortafilterException(file + ": is no list of class names in UTF-8", e);
    }
  }

  private static boolean holdsImages(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new PortafilterException(
          "--data "
              + folder
              + (Files.exists(folder) ? ": this is a file, not a folder" : ": no such folder"));
    }
    boolean stored =
        Idx.isMnist(folder) || has(folder, "data_batch_1.bin") || has(folder, "train.bin");
    return !stored && Files.isDirectory(folder.resolve("test"));
  }

  private static boolean has(Path folder, String name) {
    return Files.exists(folder.resolve(name));
  }
}
