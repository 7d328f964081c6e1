package org.portafilter.fuzz;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.DrawnShapes;
import org.portafilter.data.ImageFile;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.io.StoredFile;
import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Network;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Residual;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.Shape;
import org.portafilter.train.Checkpoints;
import org.portafilter.train.Trainer;

/** Whole files for the fuzzers to begin with, by reader; {@code main} writes them to a folder. */
public final class SeedCorpus {
  private SeedCorpus() {}

  /** Writes {@code folder/reader/number}. */
  public static void main(String[] args) throws IOException {
    for (Map.Entry<String, List<byte[]>> reader : all().entrySet()) {
      Path folder = Files.createDirectories(Path.of(args[0]).resolve(reader.getKey()));
      for (int i = 0; i < reader.getValue().size(); i++) {
        Files.write(folder.resolve("seed" + i), reader.getValue().get(i));
      }
    }
  }

  static Map<String, List<byte[]>> all() throws IOException {
    Map<String, List<byte[]>> seeds = new LinkedHashMap<>();
    seeds.put("Idx", List.of(idx(false), idx(true)));
    seeds.put("Cifar", List.of(new byte[3073], new byte[3074], new byte[2 * 3073]));
    seeds.put("Safetensors", List.of(model(), foreign()));
    seeds.put("Image", images());
    seeds.put("Checkpoint", List.of(checkpoint()));
    return seeds;
  }

  private static byte[] idx(boolean packed) throws IOException {
    byte[] labels = ByteBuffer.allocate(10).putInt(0x801).putInt(2).put(new byte[] {1, 7}).array();
    ByteBuffer images = ByteBuffer.allocate(16 + 2 * 12);
    images.putInt(0x803).putInt(2).putInt(3).putInt(4);
    byte[] first = packed ? gzip(labels) : labels;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(first.length);
    out.write(first);
    out.write(packed ? gzip(images.array()) : images.array());
    return out.toByteArray();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] model() throws IOException {
    Layer layers =
        Sequential.of(
            Rescale.of(1 / 255.0),
            Conv2d.of(2, 3).withPadding(1),
            BatchNorm.of(),
            Residual.of(Conv2d.of(2, 1)),
            Relu.of(),
            MaxPool.of(2),
            Flatten.of(),
            Dense.of(2));
    Path file = Files.createTempFile("seed", ".safetensors");
    try (Network net = Network.create(layers, Shape.of(1, 4, 4), Device.cpu(1), 1)) {
      ModelFile.save(net, file);
      return Files.readAllBytes(file);
    } finally {
      Files.delete(file);
    }
  }

  /** A file of another program, with elements of every width. */
  private static byte[] foreign() {
    return new StoredFile()
        .withText("\"__metadata__\":{\"format\":\"pt\"}")
        .with("half", "F16", "[2]", new byte[] {0, 0x3c, 1, 0})
        .with("brain", "BF16", "[1,1]", new byte[] {(byte) 0x80, 0x3f})
        .with("none", "F32", "[0,3]")
        .with("scalar", "F32", "[]", new byte[4])
        .with("double", "F64", "[1]", new byte[8])
        .with("mask", "BOOL", "[3]", new byte[3])
        .with("bits", "F4", "[2]", new byte[1])
        .bytes();
  }

  private static List<byte[]> images() throws IOException {
    Path file = Files.createTempFile("seed", ".png");
    try {
      ImageFile.write(file, DrawnDigits.split(1, 1, 1).train().image(0), Shape.of(1, 28, 28));
      byte[] grey = Files.readAllBytes(file);
      ImageFile.write(file, DrawnShapes.split(1, 1, 1).train().image(0), Shape.of(3, 32, 32));
      byte[] two = {0, 0, 9, 2, 1, 0, 2, (byte) 128};
      return List.of(
          grey, Files.readAllBytes(file), encoded("jpg"), encoded("gif"), encoded("bmp"), two);
    } finally {
      Files.delete(file);
    }
  }

  private static byte[] encoded(String format) throws IOException {
    var image = new BufferedImage(9, 7, BufferedImage.TYPE_INT_RGB);
    image.setRGB(3, 3, 0x80ff20);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, format, out);
    return out.toByteArray();
  }

  private static byte[] checkpoint() throws IOException {
    Path folder = Files.createTempDirectory("seed");
    Path file = folder.resolve("latest.safetensors");
    try (Network net = CheckpointFuzzer.network();
        Trainer trainer = CheckpointFuzzer.trainer(net)) {
      trainer.checkpoints(Checkpoints.in(folder));
      trainer.fit(CheckpointFuzzer.train(), 1);
      return Files.readAllBytes(file);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }
}
