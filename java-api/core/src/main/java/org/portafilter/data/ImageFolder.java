package org.portafilter.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/**
 * Images sorted into one folder per class: {@code root/cat/1.jpg}, {@code root/dog/2.jpg}. Classes
 * are numbered in the alphabetical order of their folders, images are ordered by name; files that
 * do not end in png, jpg, jpeg, gif or bmp are passed over, as are hidden ones. The folder may lie
 * in any file system, such as a zip file's, and names need not be ASCII, whatever the locale.
 *
 * <pre>{@code
 * ImageFolder pets = ImageFolder.read(Path.of("pets"), Shape.of(3, 64, 64), Fit.CROP);
 * trainer.fit(pets.dataset().batches(64), 5);
 * }</pre>
 *
 * @param dataset the images as bytes, with their class numbers
 * @param classes the classes' names, by number
 */
public record ImageFolder(Dataset dataset, List<String> classes) {
  private static final List<String> ENDINGS = List.of(".png", ".jpg", ".jpeg", ".gif", ".bmp");

  /** Copies the list. */
  public ImageFolder {
    classes = List.copyOf(classes);
  }

  /** One image and its class. */
  private record Item(Path file, int label) {}

  /**
   * Reads every image into memory.
   *
   * @param shape 1 x H x W or 3 x H x W, of every image
   * @param fit what to do with images of other sizes
   * @throws PortafilterException when the folder is missing or empty, a class's name is not text in
   *     UTF-8 or the locale's letters, or naming the image that cannot be read
   */
  public static ImageFolder read(Path root, Shape shape, Fit fit) {
    List<Path> folders = list(root).filter(Files::isDirectory).toList();
    if (folders.isEmpty()) {
      throw new PortafilterException(
          FileNames.of(root) + ": holds no folder; expected one folder of images per class");
    }
    List<String> names = folders.stream().map(FileNames::last).toList();
    List<Item> items = new ArrayList<>();
    for (int label = 0; label < folders.size(); label++) {
      items.addAll(items(folders.get(label), label));
    }
    int count = (int) shape.count();
    if (shape.count() > (Integer.MAX_VALUE - 8) / items.size()) {
      throw new PortafilterException(
          "%s: %s images of shape %s do not fit one array of 2 GB; read them smaller or in parts"
              .formatted(FileNames.of(root), items.size(), shape));
    }
    byte[] pixels = new byte[items.size() * count];
    IntStream.range(0, items.size())
        .parallel()
        .forEach(
            i ->
                System.arraycopy(
                    ImageFile.read(items.get(i).file(), shape, fit), 0, pixels, i * count, count));
    int[] labels = items.stream().mapToInt(Item::label).toArray();
    return new ImageFolder(Dataset.of(pixels, shape, labels), names);
  }

  private static List<Item> items(Path folder, int label) {
    List<Item> items =
        list(folder).filter(ImageFolder::isImage).map(file -> new Item(file, label)).toList();
    if (items.isEmpty()) {
      throw new PortafilterException(
          FileNames.of(folder) + ": holds no image (" + String.join(", ", ENDINGS) + ")");
    }
    return items;
  }

  /**
   * Reads {@code root/train} and {@code root/test}, which must have the same classes.
   *
   * @throws PortafilterException when a folder is missing, or the classes differ
   */
  public static Split split(Path root, Shape shape, Fit fit) {
    ImageFolder train = read(root.resolve("train"), shape, fit);
    ImageFolder test = read(root.resolve("test"), shape, fit);
    if (!train.classes.equals(test.classes)) {
      throw new PortafilterException(
          "%s: train has the classes %s, test has %s; they must be the same"
              .formatted(FileNames.of(root), train.classes, test.classes));
    }
    return new Split(train.dataset, test.dataset);
  }

  private static Stream<Path> list(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new PortafilterException(FileNames.of(folder) + ": no such folder");
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .sorted()
          .toList()
          .stream();
    } catch (IOException | UncheckedIOException e) {
      throw new PortafilterException(
          FileNames.of(folder) + ": cannot be listed (" + PortafilterException.reason(e) + ")", e);
    }
  }

  private static boolean isImage(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return ENDINGS.stream().anyMatch(name::endsWith);
  }
}
