package org.portafilter.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.Cifar;
import org.portafilter.data.Dataset;
import org.portafilter.data.Idx;
import org.portafilter.data.ImageFile;
import org.portafilter.data.Split;
import org.portafilter.device.Device;
import org.portafilter.nn.Network;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.testkit.SmallNets;

/** Files whole and damaged. */
@Tag("unit")
class FilesTest {
  private static byte[] idx(int magic, int[] sizes, byte[] data) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * sizes.length + data.length);
    bytes.putInt(magic);
    for (int size : sizes) {
      bytes.putInt(size);
    }
    return bytes.put(data).array();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }

  private static final byte[] PIXELS = {1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6};
  private static final byte[] IMAGES = idx(0x803, new int[] {2, 2, 3}, PIXELS);
  private static final byte[] LABELS = idx(0x801, new int[] {2}, new byte[] {7, 0});

  @Test
  void idxIsReadPackedAndPlain(@TempDir Path folder) throws IOException {
    Path images = Files.write(folder.resolve("images"), IMAGES);
    Path labels = Files.write(folder.resolve("labels.gz"), gzip(LABELS));
    Dataset data = Idx.read(images, labels);
    assertEquals(2, data.size());
    assertEquals(Shape.of(1, 2, 3), data.shape());
    assertEquals(8, data.classes());
    assertArrayEquals(new byte[] {-1, -2, -3, -4, -5, -6}, data.image(1));
    assertEquals(255f, data.features(1)[0]);
  }

  /** Some archives unpack MNIST with a dot where others have a hyphen; the names may be mixed. */
  @Test
  void idxFoldersAreFoundUnderAllTheirNames(@TempDir Path folder) throws IOException {
    String[][] endings = {
      {"-idx3-ubyte", "-idx1-ubyte"}, {".idx3-ubyte", ".idx1-ubyte"},
      {"-idx3-ubyte.gz", "-idx1-ubyte.gz"}, {".idx3-ubyte.gz", ".idx1-ubyte.gz"},
      {".idx3-ubyte", "-idx1-ubyte.gz"}
    };
    for (String[] ending : endings) {
      Path inside = Files.createDirectory(folder.resolve("mnist" + ending[0] + ending[1]));
      assertFalse(Idx.isMnist(inside));
      for (String part : new String[] {"train", "t10k"}) {
        byte[] images = ending[0].endsWith(".gz") ? gzip(IMAGES) : IMAGES;
        byte[] labels = ending[1].endsWith(".gz") ? gzip(LABELS) : LABELS;
        Files.write(inside.resolve(part + "-images" + ending[0]), images);
        Files.write(inside.resolve(part + "-labels" + ending[1]), labels);
      }
      assertTrue(Idx.isMnist(inside));
      assertArrayEquals(
          new byte[] {1, 2, 3, 4, 5, 6}, Idx.mnist(inside).train().image(0), inside.toString());
      Files.delete(inside.resolve("t10k-labels" + ending[1]));
      PortafilterException e = assertThrows(PortafilterException.class, () -> Idx.mnist(inside));
      for (String name :
          new String[] {
            "t10k-labels-idx1-ubyte,", "t10k-labels.idx1-ubyte,", "t10k-labels.idx1-ubyte.gz"
          }) {
        assertTrue(e.getMessage().contains(name), e.getMessage());
      }
    }
  }

  private static void refused(Path folder, byte[] images, byte[] labels, String word)
      throws IOException {
    Path imageFile = Files.write(folder.resolve("images"), images);
    Path labelFile = Files.write(folder.resolve("labels"), labels);
    PortafilterException e =
        assertThrows(PortafilterException.class, () -> Idx.read(imageFile, labelFile));
    assertTrue(e.getMessage().contains(word), e.getMessage());
  }

  @Test
  void damagedIdxIsNamed(@TempDir Path folder) throws IOException {
    refused(folder, new byte[0], LABELS, "truncated");
    refused(folder, Arrays.copyOf(IMAGES, 10), LABELS, "truncated");
    refused(folder, Arrays.copyOf(IMAGES, IMAGES.length - 1), LABELS, "truncated");
    refused(folder, Arrays.copyOf(IMAGES, IMAGES.length + 1), LABELS, "got more");
    refused(folder, LABELS, LABELS, "magic");
    refused(folder, idx(0x803, new int[] {-2, 2, 3}, PIXELS), LABELS, "damaged");
    refused(folder, idx(0x803, new int[] {1 << 20, 1 << 20, 1 << 20}, PIXELS), LABELS, "damaged");
    refused(folder, idx(0x803, new int[] {1, 4, 3}, PIXELS), LABELS, "2 labels");
    refused(folder, Arrays.copyOf(gzip(IMAGES), 20), LABELS, "truncated");
    PortafilterException e = assertThrows(PortafilterException.class, () -> Idx.mnist(folder));
    assertTrue(e.getMessage().contains("train-images-idx3-ubyte.gz"), e.getMessage());
  }

  @Test
  void cifarIsReadAndItsDamageNamed(@TempDir Path folder) throws IOException {
    byte[] ten = new byte[2 * 3073];
    ten[0] = 9;
    ten[1] = 77;
    ten[3073] = 4;
    for (int i = 1; i <= 5; i++) {
      Files.write(folder.resolve("data_batch_" + i + ".bin"), ten);
    }
    Files.write(folder.resolve("test_batch.bin"), ten);
    Split split = Cifar.ten(folder);
    assertEquals(10, split.train().size());
    assertEquals(2, split.test().size());
    assertEquals(Shape.of(3, 32, 32), split.train().shape());
    assertEquals(9, split.train().label(8));
    assertEquals(77, split.train().image(8)[0]);

    byte[] hundred = new byte[3074];
    hundred[0] = 19;
    hundred[1] = 99;
    Files.write(folder.resolve("train.bin"), hundred);
    PortafilterException e = assertThrows(PortafilterException.class, () -> Cifar.hundred(folder));
    assertTrue(e.getMessage().contains("test.bin: no such file"), e.getMessage());
    Files.write(folder.resolve("test.bin"), hundred);
    assertEquals(99, Cifar.hundred(folder).test().label(0));

    Files.write(folder.resolve("data_batch_3.bin"), Arrays.copyOf(ten, 5000));
    e = assertThrows(PortafilterException.class, () -> Cifar.ten(folder));
    assertTrue(e.getMessage().contains("data_batch_3.bin"), e.getMessage());
    ten[0] = 10;
    Files.write(folder.resolve("data_batch_3.bin"), ten);
    e = assertThrows(PortafilterException.class, () -> Cifar.ten(folder));
    assertTrue(e.getMessage().contains("label 10"), e.getMessage());
  }

  @Test
  void damagedModelsAreNamed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (Network net =
        Network.create(SmallNets.RESIDUAL.layer(), SmallNets.RESIDUAL.input(), Device.cpu(), 1)) {
      ModelFile.save(net, file);
    }
    byte[] whole = Files.readAllBytes(file);
    int header = (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    for (int length : new int[] {0, 5, 8, 100, 8 + header, whole.length - 1}) {
      Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
      PortafilterException e =
          assertThrows(PortafilterException.class, () -> ModelFile.load(cut, Device.cpu()).close());
      assertTrue(
          e.getMessage().contains("not a whole safetensors file"), length + ": " + e.getMessage());
    }
    byte[] foreign =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}   "
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + foreign.length + 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(foreign.length).put(foreign);
    Path other = Files.write(folder.resolve("foreign"), bytes.array());
    assertEquals(1, Safetensors.open(other).types().size());
    PortafilterException e =
        assertThrows(PortafilterException.class, () -> ModelFile.load(other, Device.cpu()).close());
    assertTrue(e.getMessage().contains("tensors only"), e.getMessage());
  }

  @Test
  void aGraphThatPointsNowhereIsNamed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (Network net =
        Network.create(SmallNets.RESIDUAL.layer(), SmallNets.RESIDUAL.input(), Device.cpu(), 1)) {
      ModelFile.save(net, file);
    }
    String whole = Files.readString(file, StandardCharsets.ISO_8859_1);
    for (String value : new String[] {"0:9", "9:0", "0.0", "x:0"}) {
      String damaged = whole.replaceFirst("0:0", value);
      Path other = folder.resolve("damaged");
      Files.writeString(other, damaged, StandardCharsets.ISO_8859_1);
      PortafilterException e =
          assertThrows(
              PortafilterException.class, () -> ModelFile.load(other, Device.cpu()).close(), value);
      assertTrue(e.getMessage().startsWith(other.toString()), e.getMessage());
    }
  }

  @Test
  void anOldFileStaysWholeWhenTheNewOneCannotBeWritten(@TempDir Path folder) throws IOException {
    Path missing = folder.resolve("missing").resolve("model.safetensors");
    try (Network net =
        Network.create(SmallNets.RESIDUAL.layer(), SmallNets.RESIDUAL.input(), Device.cpu(), 1)) {
      PortafilterException e =
          assertThrows(PortafilterException.class, () -> ModelFile.save(net, missing));
      assertTrue(e.getMessage().contains("does not exist"), e.getMessage());
      Path file = folder.resolve("model.safetensors");
      ModelFile.save(net, file);
      ModelFile.save(net, file);
    }
    try (var files = Files.list(folder)) {
      assertEquals(1, files.count(), "no temporary file stays");
    }
  }

  @Property(tries = 300, seed = "20261120")
  void anyBytesAreReadOrRefused(@ForAll byte[] bytes, @ForAll boolean prefixed) throws IOException {
    Path file = Files.createTempFile("portafilter", ".bin");
    try {
      ByteBuffer framed = ByteBuffer.allocate(bytes.length + 8).order(ByteOrder.LITTLE_ENDIAN);
      Files.write(file, prefixed ? framed.putLong(bytes.length).put(bytes).array() : bytes);
      for (Runnable reader :
          new Runnable[] {() -> Safetensors.open(file), () -> Idx.read(file, file)}) {
        try {
          reader.run();
        } catch (PortafilterException expected) {
          assertTrue(expected.getMessage().contains(file.getFileName().toString()));
        }
      }
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void imagesAreReadAsWritten(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a.png");
    byte[] pixels = new byte[20];
    for (int i = 0; i < 20; i++) {
      pixels[i] = (byte) (i * 13);
    }
    ImageFile.write(file, pixels, Shape.of(1, 4, 5));
    assertArrayEquals(pixels, ImageFile.read(file, Shape.of(1, 4, 5)));
    PortafilterException e =
        assertThrows(PortafilterException.class, () -> ImageFile.read(file, Shape.of(1, 5, 4)));
    assertTrue(e.getMessage().contains("expected 5 x 4"), e.getMessage());
    Path text = Files.writeString(folder.resolve("b.png"), "no image");
    e = assertThrows(PortafilterException.class, () -> ImageFile.read(text, Shape.of(1, 4, 5)));
    assertTrue(e.getMessage().contains("not an image"), e.getMessage());
  }

  /** Attributes that came later have their first meaning where a file lacks them. */
  @Test
  void aModelFileWithoutLaterAttributesIsRead(@TempDir Path folder) throws IOException {
    SmallNets which = SmallNets.BLOCKED;
    Path file = folder.resolve("model");
    float[] image = new float[Math.toIntExact(which.input().count())];
    Arrays.fill(image, 0.5f);
    try (Network net = Network.create(which.layer(), which.input(), Device.cpu(), 1)) {
      ModelFile.save(net, file);
      String saved = Files.readString(file, StandardCharsets.ISO_8859_1);
      String later = ",\\\"residual\\\":false";
      assertTrue(saved.contains(later), "the attribute is written");
      String older = saved.replace(later, " ".repeat(later.length()));
      Files.writeString(file, older, StandardCharsets.ISO_8859_1);
      try (Network read = ModelFile.load(file, Device.cpu());
          var expected = net.session(1);
          var got = read.session(1)) {
        assertArrayEquals(expected.predict(image), got.predict(image));
      }
    }
  }
}
