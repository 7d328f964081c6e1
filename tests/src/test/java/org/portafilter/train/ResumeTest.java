package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.device.Device;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.MathMode;
import org.portafilter.io.Safetensors;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Network;
import org.portafilter.optim.Adam;
import org.portafilter.optim.ParameterGroups;
import org.portafilter.optim.Sgd;
import org.portafilter.optim.schedule.Cosine;
import org.portafilter.optim.schedule.Exponential;
import org.portafilter.shape.PortafilterException;
import org.portafilter.testkit.ChangedDevice;

/** What a resumed run does when something differs from the run that wrote the checkpoint. */
@Tag("curve")
@Tag("cpu")
class ResumeTest {
  private static final String TRAINING = "portafilter.training";

  @TempDir Path folder;

  private static Trainer trainer(Network net) {
    return Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3));
  }

  /** Trains one epoch more than the folder's checkpoint has, and returns its notes. */
  private List<History.Note> oneEpochMore(Resume how) {
    try (Network net = Runs.network();
        Trainer trainer = trainer(net)) {
      trainer.checkpoints(Checkpoints.in(folder));
      trainer.resume(folder, Runs.DIGITS, how);
      trainer.fit(Runs.DIGITS, trainer.history().epochs().size() + 1);
      return trainer.history().notes();
    }
  }

  /** Run in processes of their own. */
  public static final class OneEpochMore {
    private OneEpochMore() {}

    /** One epoch more in the folder, exactly or not; prints notes or the answer. */
    public static void main(String[] args) {
      ResumeTest test = new ResumeTest();
      test.folder = Path.of(args[0]);
      try {
        Resume how = args[1].equals("exactly") ? Resume.exactly() : Resume.of();
        System.out.println("notes " + test.oneEpochMore(how));
      } catch (PortafilterException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }

  @Test
  void anotherInstructionSetIsNotedOrRefused() throws Exception {
    String first = Runs.inAnotherJvm(OneEpochMore.class, "avx2", folder, "exactly");
    assumeFalse(first.contains("this CPU runs one of"), "a CPU with one instruction set");
    assertTrue(first.contains("notes []"), first);
    String same = Runs.inAnotherJvm(OneEpochMore.class, "avx2", folder, "exactly");
    assertTrue(same.contains("notes []"), same);
    String exact = Runs.inAnotherJvm(OneEpochMore.class, "x86_64_v2", folder, "exactly");
    for (String part : List.of("refused", "avx2", "x86_64_v2", "--exact")) {
      assertTrue(exact.contains(part), exact);
    }
    String other = Runs.inAnotherJvm(OneEpochMore.class, "x86_64_v2", folder, "anyhow");
    for (String part : List.of("Note[epoch=3", "not bit for bit", "avx2", "x86_64_v2")) {
      assertTrue(other.contains(part), other);
    }
    String later = Runs.inAnotherJvm(OneEpochMore.class, "x86_64_v2", folder, "exactly");
    assertTrue(later.contains("Note[epoch=3"), "the note stays: " + later);
    assertFalse(later.contains("Note[epoch=4"), later);
  }

  /** Writes the checkpoint anew with other text about the training. */
  private void change(UnaryOperator<String> change) throws IOException {
    Path file = folder.resolve(Checkpoints.LATEST);
    Map<String, String> metadata = new LinkedHashMap<>();
    Safetensors source = Safetensors.open(file);
    source.metadata().forEach(metadata::put);
    String before = metadata.get(TRAINING);
    String after = change.apply(before);
    assertFalse(before.equals(after), "the change found nothing in " + before);
    metadata.put(TRAINING, after);
    try (Network net = Runs.network()) {
      trainer(net).close(); // which gives the state its moments
      net.state().entries().forEach((path, tensor) -> source.read(path, tensor));
      Safetensors.write(file, net.state().entries(), metadata);
    }
  }

  private String refusal(Resume how) {
    return assertThrows(PortafilterException.class, () -> oneEpochMore(how)).getMessage();
  }

  @Test
  void anotherBuildIsNotedOrRefused() throws IOException {
    oneEpochMore(Resume.of());
    change(json -> json.replaceAll("build [0-9a-f]{12}", "build 0123456789ab"));
    String refused = refusal(Resume.exactly());
    assertTrue(refused.contains("build 0123456789ab"), refused);
    List<History.Note> notes = oneEpochMore(Resume.of());
    assertEquals(1, notes.size(), notes.toString());
    assertEquals(2, notes.get(0).epoch());
    assertTrue(notes.get(0).text().contains("build 0123456789ab"), notes.toString());
    String json = Files.readString(history());
    var rows = JsonParser.parseString(json).getAsJsonArray();
    assertFalse(rows.get(0).getAsJsonObject().has("notes"), json);
    assertTrue(
        rows.get(1).getAsJsonObject().get("notes").getAsString().contains("0123456789ab"), json);
    assertTrue(Files.readAllLines(folder.resolve("h.csv")).get(0).endsWith(",notes"));
    assertEquals(notes, oneEpochMore(Resume.exactly()), "nothing new");
  }

  /** The histories of the folder's run, as files. */
  private Path history() {
    try (Network net = Runs.network();
        Trainer trainer = trainer(net)) {
      trainer.resume(folder, Runs.DIGITS);
      trainer.history().save(folder.resolve("h.csv"));
      trainer.history().save(folder.resolve("h.json"));
      return folder.resolve("h.json");
    }
  }

  @Test
  void aLibraryThatAddsOtherStepsIsNoted() throws IOException {
    oneEpochMore(Resume.of());
    change(json -> json.replaceAll("\"graph\":\"[0-9a-f]{6}", "\"graph\":\"000000"));
    assertTrue(refusal(Resume.of()).contains("computed something else"), "the same build");
    change(json -> json.replaceAll("build [0-9a-f]{12}", "build 0123456789ab"));
    String notes = oneEpochMore(Resume.of()).toString();
    assertTrue(notes.contains("other steps to the graph"), notes);
  }

  @Test
  void anotherMathModeIsNoted() {
    oneEpochMore(Resume.of());
    try (Network net = Runs.network();
        Trainer trainer = trainer(net)) {
      net.math(MathMode.STRICT);
      trainer.resume(folder, Runs.DIGITS, Resume.exactly());
      assertEquals(List.of(), trainer.history().notes(), "the same kernels have the same bits");
    }
    Device other = new Renamed(Device.cpu());
    try (Network net = Runs.network(other);
        Trainer trainer = trainer(net)) {
      trainer.resume(folder, Runs.DIGITS);
      String notes = trainer.history().notes().toString();
      assertTrue(notes.contains("was 'cpu'") && notes.contains("is 'gpu'"), notes);
    }
  }

  /** A device whose kernels say that they are another's. */
  private static final class Renamed extends ChangedDevice {
    Renamed(Device device) {
      super(device);
    }

    @Override
    public List<Kernel> candidates(KernelRequest request) {
      return super.candidates(request).stream().map(Renamed::renamed).toList();
    }

    private static Kernel renamed(Kernel kernel) {
      return (Kernel)
          Proxy.newProxyInstance(
              ResumeTest.class.getClassLoader(),
              new Class<?>[] {Kernel.class},
              (proxy, method, args) ->
                  method.getName().equals("numericsId")
                      ? kernel.numericsId().replaceFirst("^cpu", "gpu")
                      : method.invoke(kernel, args));
    }
  }

  @Test
  void checkpointsWithoutFingerprintLoadWithANote() throws IOException {
    oneEpochMore(Resume.of());
    String rules =
        "%s, Constant[], learning rate 0.001".formatted(Adam.of(1e-3)).replace("\"", "\\\"");
    UnaryOperator<String> earlier =
        json -> {
          var training = JsonParser.parseString(json).getAsJsonObject();
          var setup = training.getAsJsonObject("setup");
          for (String key :
              List.of(
                  "graph",
                  "clipping",
                  "learning rate",
                  "schedule",
                  "plateau",
                  "parameters' own rates",
                  "augmentations",
                  "numerics")) {
            setup.remove(key);
          }
          setup.addProperty("optimizer", rules);
          setup.addProperty("loss", SoftmaxCrossEntropy.of().toString());
          training.remove("notes");
          return training.toString();
        };
    change(earlier);
    assertTrue(refusal(Resume.exactly()).contains("does not say"), "exact");
    String notes = oneEpochMore(Resume.of()).toString();
    assertTrue(notes.contains("epoch=2") && notes.contains("does not say"), notes);
    change(earlier);
    try (Network net = Runs.network();
        Trainer trainer = trainer(net).learningRate(5)) {
      assertThrows(PortafilterException.class, () -> trainer.resume(folder, Runs.DIGITS));
      trainer.resume(folder, Runs.DIGITS, Resume.keepingMoments());
      assertTrue(trainer.history().notes().toString().contains("rate 5.0 instead"));
    }
  }

  @Test
  void otherRatesAreAllowedWhenAskedFor() {
    oneEpochMore(Resume.of());
    Map<String, float[]> kept;
    try (Network net = Runs.network();
        Trainer trainer = trainer(net)) {
      trainer.resume(folder, Runs.DIGITS);
      kept = Runs.state(net);
    }
    try (Network net = Runs.network();
        Trainer trainer =
            Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(2e-4))
                .schedule(Exponential.of(100, 0.5))
                .checkpoints(Checkpoints.in(folder))) {
      Map<String, float[]> before = Runs.state(net);
      var e = assertThrows(PortafilterException.class, () -> trainer.resume(folder, Runs.DIGITS));
      for (String part :
          List.of("2.0E-4", "0.001", "Exponential", "Constant", "Resume.keepingMoments()")) {
        assertTrue(e.getMessage().contains(part), e.getMessage());
      }
      Runs.state(net).forEach((path, v) -> assertArrayEquals(before.get(path), v, path));
      trainer.resume(folder, Runs.DIGITS, Resume.keepingMoments().withExact(true));
      Runs.state(net).forEach((path, v) -> assertArrayEquals(kept.get(path), v, path));
      assertEquals(4, net.state().step());
      trainer.fit(Runs.DIGITS, 2);
      double rate = trainer.history().epochs().get(1).get("learning_rate");
      assertEquals(2e-4 * Math.pow(0.5, 7 / 100.0), rate, 1e-9);
      String notes = trainer.history().notes().toString();
      assertTrue(notes.contains("learning rate 2.0E-4 instead of 0.001"), notes);
      assertTrue(notes.contains("schedule Exponential"), notes);
    }
    assertTrue(refusal(Resume.of()).contains("Resume.keepingMoments()"), "now it is the other way");
  }

  @Test
  void otherRatesOfGroupsAreAllowedWhenAskedFor() {
    try (Network net = Runs.network();
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), groups(0.4))) {
      trainer.checkpoints(Checkpoints.in(folder)).fit(Runs.DIGITS, 1);
    }
    try (Network net = Runs.network();
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), groups(0.2))) {
      var e = assertThrows(PortafilterException.class, () -> trainer.resume(folder, Runs.DIGITS));
      assertTrue(e.getMessage().contains("parameters' own rates"), e.getMessage());
      assertTrue(trainer.resume(folder, Runs.DIGITS, Resume.keepingMoments()));
    }
  }

  private static ParameterGroups groups(double rate) {
    return ParameterGroups.of(Sgd.of(0.1)).with("dense1", Sgd.of(rate));
  }

  @Test
  void whatIsNoRateStaysRefused() {
    oneEpochMore(Resume.of());
    try (Network net = Runs.network();
        Trainer trainer =
            Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3).withEpsilon(1e-3))) {
      var e =
          assertThrows(
              PortafilterException.class,
              () -> trainer.resume(folder, Runs.DIGITS, Resume.keepingMoments()));
      assertTrue(e.getMessage().contains("optimizer"), e.getMessage());
    }
  }

  @Test
  void damagedPositionsChangeNothing() throws IOException {
    for (String damage :
        List.of(
            "\"batch\":0=\"batch\":7",
            "\"epoch\":1=\"epoch\":-1",
            "\"images\":0=\"images\":3",
            "\"history\":\\[=\"history\":[3,",
            "\"step\":4=\"stop\":4",
            "\"notes\":\\[\\]=\"notes\":[{}]")) {
      oneEpochMoreAnew();
      String[] change = damage.split("=");
      change(
          json -> {
            Matcher found = Pattern.compile(change[0]).matcher(json);
            return found.find()
                ? json.substring(0, found.start()) + change[1] + json.substring(found.end())
                : json;
          });
      try (Network net = Runs.network();
          Trainer trainer = trainer(net)) {
        Map<String, float[]> before = Runs.state(net);
        var e = assertThrows(PortafilterException.class, () -> trainer.resume(folder, Runs.DIGITS));
        assertTrue(e.getMessage().contains("position is damaged"), e.getMessage());
        assertFalse(e.getMessage().contains("null"), e.getMessage());
        Runs.state(net).forEach((path, v) -> assertArrayEquals(before.get(path), v, path));
        assertEquals(0, trainer.history().epochs().size());
      }
    }
  }

  private void oneEpochMoreAnew() throws IOException {
    Files.deleteIfExists(folder.resolve(Checkpoints.LATEST));
    oneEpochMore(Resume.of());
  }

  @Test
  void bestIsThereWhereTheLatestSaysSo() throws IOException {
    // A process may be killed between two files: the latest is the last to be written.
    Path made = folder.resolve("kept");
    Checkpoints kept = Checkpoints.in(made).withLast(1).withBest("train_loss");
    History history = new History();
    history.add(Map.of("train_loss", 1.0));
    List<String> order = new ArrayList<>();
    kept.writeEpoch(1, history, file -> order.add(file.getFileName().toString()));
    assertEquals(List.of(Checkpoints.BEST, "epoch-0001.safetensors", Checkpoints.LATEST), order);
  }

  @Test
  void aLongerScheduleNeedsTheWord() {
    try (Network net = Runs.network();
        Trainer trainer = trainer(net).schedule(Cosine.of(8))) {
      trainer.checkpoints(Checkpoints.in(folder)).fit(Runs.DIGITS, 1);
    }
    try (Network net = Runs.network();
        Trainer trainer = trainer(net).schedule(Cosine.of(16))) {
      assertThrows(PortafilterException.class, () -> trainer.resume(folder, Runs.DIGITS));
      assertTrue(trainer.resume(folder, Runs.DIGITS, Resume.keepingMoments()));
    }
  }
}
