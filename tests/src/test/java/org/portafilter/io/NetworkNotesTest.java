package org.portafilter.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.Batches;
import org.portafilter.data.ChannelOrder;
import org.portafilter.data.Dataset;
import org.portafilter.data.Fit;
import org.portafilter.data.ImageFile;
import org.portafilter.data.ImageSpec;
import org.portafilter.device.Device;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.train.Checkpoints;
import org.portafilter.train.Trainer;

/** Class names and images that travel with a network. */
@Tag("unit")
class NetworkNotesTest {
  private static final Shape INPUT = Shape.of(3, 2, 2);
  private static final Layer LAYERS =
      Sequential.of(Rescale.of(1 / 255.0), Flatten.of(), Dense.of(3));
  private static final List<String> NAMES = List.of("Katze-ä", "dog \"Rex\"", "猫");
  private static final ImageSpec IMAGE =
      ImageSpec.of(INPUT, Fit.STRETCH).withOrder(ChannelOrder.BGR);

  @TempDir Path folder;

  private static Network network() {
    return Network.create(LAYERS, INPUT, Device.cpu(), 1);
  }

  private Path saved() {
    Path file = folder.resolve("model");
    try (Network net = network()) {
      ModelFile.save(net.classes(NAMES).image(IMAGE), file);
    }
    return file;
  }

  /** The saved model with an entry changed; null removes it. */
  private Path changed(String key, String value) {
    Path file = folder.resolve("changed");
    Map<String, String> metadata = new HashMap<>(Safetensors.open(saved()).metadata());
    metadata.put(key, value);
    metadata.values().removeIf(Objects::isNull);
    try (Network net = network()) {
      Safetensors.write(file, net.state().entries(), metadata);
    }
    return file;
  }

  @Test
  void theySurviveFilesAndCopies() {
    Path again = folder.resolve("again");
    try (Network net = ModelFile.load(saved(), Device.cpu());
        Network copy = net.copy()) {
      assertEquals(NAMES, net.classes());
      assertEquals(IMAGE, net.image());
      assertEquals(NAMES, copy.classes());
      assertEquals(IMAGE, copy.image());
      ModelFile.save(copy, again);
    }
    assertEquals(
        Safetensors.open(saved()).metadata().get("portafilter.classes"),
        Safetensors.open(again).metadata().get("portafilter.classes"));
    assertEquals(
        "{\"height\":2,\"width\":2,\"channels\":3,\"order\":\"BGR\",\"fit\":\"STRETCH\"}",
        Safetensors.open(again).metadata().get("portafilter.image"));
  }

  @Test
  void absentIsUnknown() {
    Path plain = folder.resolve("plain");
    try (Network net = network()) {
      ModelFile.save(net, plain);
    }
    Map<String, String> metadata = Safetensors.open(plain).metadata();
    assertTrue(!metadata.containsKey("portafilter.classes"), metadata.toString());
    assertTrue(!metadata.containsKey("portafilter.image"), metadata.toString());
    try (Network net = ModelFile.load(plain, Device.cpu())) {
      assertEquals(List.of(), net.classes());
      assertNull(net.image());
    }
  }

  @Test
  void weightsAreReadWithoutThem() {
    try (Network net = network().classes(List.of("a", "b", "c"))) {
      ModelFile.readMatching(saved(), net);
      assertEquals(List.of("a", "b", "c"), net.classes());
      assertNull(net.image());
    }
  }

  private static void refused(String word, Runnable work) {
    PortafilterException e = assertThrows(PortafilterException.class, work::run);
    assertTrue(e.getMessage().contains(word), e.getMessage());
  }

  @Test
  void whatCannotBeIsRefusedAtOnce() {
    try (Network net = network()) {
      refused("2 class names", () -> net.classes(List.of("a", "b")));
      refused("4 class names", () -> net.classes(List.of("a", "b", "c", "d")));
      refused("'a'", () -> net.classes(List.of("a", "b", "a")));
      refused("empty", () -> net.classes(List.of("a", "", "c")));
      refused("3x2x2", () -> net.image(ImageSpec.of(Shape.of(3, 2, 4), Fit.CROP)));
      refused("3x2x2", () -> net.image(IMAGE.withOrder(ChannelOrder.GREY)));
      assertEquals(List.of(), net.classes());
      assertEquals(List.of(), net.classes(NAMES).classes(List.of()).classes());
    }
    refused("at least 1", () -> new ImageSpec(0, 2, ChannelOrder.RGB, Fit.CROP));
    refused("1xHxW or 3xHxW", () -> ImageSpec.of(Shape.of(2, 4, 4), Fit.CROP));
    refused("12 bytes", () -> IMAGE.ordered(new byte[11]));
  }

  @Test
  void aMapHasOneNamePerChannel() {
    Layer map = Sequential.of(Conv2d.of(2, 1));
    try (Network net = Network.create(map, INPUT, Device.cpu(), 1)) {
      assertEquals(2, net.classes(List.of("road", "sky")).classes().size());
      refused("1 class names", () -> net.classes(List.of("road")));
    }
  }

  @Test
  void aFileThatContradictsItselfIsNamed() {
    String classes = "portafilter.classes";
    String image = "portafilter.image";
    String one = "{'height':2,'width':2,'channels':3,'order':'RGB','fit':'CROP'}";
    for (String[] bad :
        new String[][] {
          {classes, "['a','b']"},
          {classes, "['a','b','a']"},
          {classes, "['a','b',3]"},
          {classes, "[]"},
          {classes, "{}"},
          {classes, "no json ["},
          {classes, "['a','b',null]"},
          {image, one.replace("2", "3")},
          {image, one.replace("RGB", "BRG")},
          {image, one.replace("RGB", "GREY")},
          {image, one.replace("CROP", "SQUEEZE")},
          {image, one.replace("'channels':3", "'channels':1")},
          {image, "[]"},
          {image, "{}"},
          {image, one.replace("'height':2,", "")},
          {image, one.replace("2,'w", "2.5,'w")},
          {image, one.replace("2,'w", "1e99,'w")},
          {image, one.replace("2,'w", "[],'w")}
        }) {
      Path file = changed(bad[0], bad[1].replace('\'', '"'));
      refused(file + ": ", () -> ModelFile.load(file, Device.cpu()).close());
    }
  }

  @Test
  void anImageWithoutAnOrderIsGreyOrRgb() {
    Path file =
        changed(
            "portafilter.image",
            "{\"height\":2,\"width\":2,\"channels\":3,\"fit\":\"CROP\",\"later\":1}");
    try (Network net = ModelFile.load(file, Device.cpu())) {
      assertEquals(ImageSpec.of(INPUT, Fit.CROP), net.image());
    }
  }

  @Test
  void blueComesFirstWhereItIsWanted() {
    Path file = folder.resolve("a.png");
    byte[] rgb = {1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24};
    ImageFile.write(file, rgb, INPUT);
    assertArrayEquals(rgb, IMAGE.withOrder(ChannelOrder.RGB).read(file));
    assertArrayEquals(new byte[] {21, 22, 23, 24, 11, 12, 13, 14, 1, 2, 3, 4}, IMAGE.read(file));
  }

  @Test
  void aResumedTrainingKeepsThem() {
    Batches batches = Dataset.of(new byte[48], INPUT, new int[] {0, 1, 2, 0}).batches(2);
    train(batches, 1, NAMES, NAMES);
    train(batches, 2, List.of(), NAMES);
    refused("[x, y, z]", () -> train(batches, 3, List.of("x", "y", "z"), List.of()));
    train(batches, 3, NAMES, NAMES);
  }

  /** A checkpoint of before the names is continued by a training that has some. */
  @Test
  void anOlderCheckpointIsResumedWithNames() {
    Batches batches = Dataset.of(new byte[48], INPUT, new int[] {0, 1, 2, 0}).batches(2);
    train(batches, 1, List.of(), List.of());
    train(batches, 2, NAMES, NAMES);
  }

  private void train(Batches batches, int epochs, List<String> names, List<String> afterwards) {
    Path kept = folder.resolve("kept");
    try (Network net = network().classes(names);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0.1))) {
      trainer.checkpoints(Checkpoints.in(kept));
      assertEquals(epochs > 1, trainer.resume(kept, batches));
      trainer.fit(batches, epochs);
      assertEquals(afterwards, net.classes());
    }
    try (Network net = ModelFile.load(kept.resolve("latest.safetensors"), Device.cpu())) {
      assertEquals(afterwards, net.classes());
    }
  }
}
