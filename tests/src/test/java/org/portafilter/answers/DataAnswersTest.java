package org.portafilter.answers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.Cifar;
import org.portafilter.data.Fit;
import org.portafilter.data.Idx;
import org.portafilter.data.ImageFile;
import org.portafilter.data.ImageFolder;
import org.portafilter.shape.Shape;

/** Data files that are missing, damaged or of another kind. */
@Tag("answer")
class DataAnswersTest {
  private static final byte[] LABELS =
      ByteBuffer.allocate(10).putInt(0x801).putInt(2).put(new byte[] {1, 7}).array();
  private static final byte[] IMAGES =
      ByteBuffer.allocate(16 + 24).putInt(0x803).putInt(2).putInt(3).putInt(4).array();

  @TempDir Path folder;

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  @Test
  void idx() throws IOException {
    Path images = file("images", IMAGES);
    Path labels = file("labels", LABELS);
    Answers.expect("a folder without MNIST", () -> Idx.mnist(folder), "train-images", "put the");
    Answers.expect(
        "a missing file", () -> Idx.read(folder.resolve("none"), labels), "none", "no such file");
    Path empty = file("empty", new byte[0]);
    Answers.expect("an empty file", () -> Idx.read(empty, labels), "empty", "truncated");
    Path cut = file("cut", Arrays.copyOf(IMAGES, 30));
    Answers.expect("a truncated file", () -> Idx.read(cut, labels), "cut", "24", "truncated");
    Answers.expect(
        "a wrong magic number",
        () -> Idx.read(labels, labels),
        "0x803",
        "0x00000801",
        "right file");
    Path longer = file("longer", Arrays.copyOf(IMAGES, 50));
    Answers.expect("trailing bytes", () -> Idx.read(longer, labels), "longer", "24", "more");
    byte[] three =
        ByteBuffer.allocate(11).putInt(0x801).putInt(3).put(new byte[] {1, 2, 3}).array();
    Path more = file("more", three);
    Answers.expect(
        "more labels than images", () -> Idx.read(images, more), "2 images", "3 labels", "belong");
  }

  @Test
  void cifar() throws IOException {
    Answers.expect("no CIFAR", () -> Cifar.ten(folder), "data_batch_1.bin", "no such file");
    for (int i = 1; i <= 5; i++) {
      file("data_batch_" + i + ".bin", new byte[3073]);
    }
    file("test_batch.bin", new byte[3000]);
    Answers.expect("a truncated CIFAR file", () -> Cifar.ten(folder), "test_batch.bin", "3073");
    byte[] record = new byte[3073];
    record[0] = 11;
    file("test_batch.bin", record);
    Answers.expect("a CIFAR label beyond 9", () -> Cifar.ten(folder), "label 11", "record 0");
  }

  @Test
  void images() throws IOException {
    Path text = file("text.png", "not an image".getBytes());
    Shape shape = Shape.of(1, 4, 5);
    Answers.expect("a text called PNG", () -> ImageFile.read(text, shape), "text.png", "PNG");
    Path whole = folder.resolve("whole.png");
    ImageFile.write(whole, new byte[20], shape);
    byte[] bytes = Files.readAllBytes(whole);
    Path half = file("half.png", Arrays.copyOf(bytes, bytes.length / 2));
    Answers.expect("half a PNG", () -> ImageFile.read(half, shape), "half.png", "damaged");
    Answers.expect(
        "an image of another size",
        () -> ImageFile.read(whole, Shape.of(1, 28, 28)),
        "28 x 28",
        "4 x 5",
        "Fit.CROP");
  }

  @Test
  void imageFolders() throws IOException {
    Shape shape = Shape.of(1, 4, 4);
    Answers.expect(
        "a missing image folder",
        () -> ImageFolder.read(folder.resolve("none"), shape, Fit.CROP),
        "none");
    Answers.expect(
        "an image folder without classes",
        () -> ImageFolder.read(folder, shape, Fit.CROP),
        "one folder of images per class");
    Path cats = Files.createDirectory(folder.resolve("cat"));
    Answers.expect(
        "a class without images", () -> ImageFolder.read(folder, shape, Fit.CROP), "cat", ".png");
    Files.write(cats.resolve("1.png"), new byte[] {1, 2, 3});
    Answers.expect(
        "a folder with an unreadable image",
        () -> ImageFolder.read(folder, shape, Fit.CROP),
        "1.png",
        "not an image");
  }
}
