package org.portafilter.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.device.Device;
import org.portafilter.device.Tuning;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.Graph;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;
import org.portafilter.testkit.Case;

/** Kernels chosen by timing: among those that can, once, remembered, and never in the way. */
@Tag("plan")
@Tag("cpu")
class TuningTest {
  private static final String CACHE = "portafilter.cache";

  private final Device device = Device.cpu();
  private String before;
  private @TempDir Path cache;

  @BeforeEach
  void useAnEmptyCache() {
    before = System.getProperty(CACHE);
    System.setProperty(CACHE, cache.toString());
  }

  @AfterEach
  void useTheCacheOfBefore() {
    if (before == null) {
      System.clearProperty(CACHE);
    } else {
      System.setProperty(CACHE, before);
    }
  }

  /** A 3x3 convolution that Winograd's algorithm can do, and plain sums. */
  private String chosen(Tuning tuning) {
    Map<String, ValueType> leaves = new LinkedHashMap<>();
    leaves.put("x", new ValueType(Shape.of(2, 32, 12, 12), DType.FLOAT32));
    leaves.put("w", new ValueType(Shape.of(32, 32, 3, 3), DType.FLOAT32));
    Window window = Case.of("n=1 c=1 h=1 w=1 o=1 k=3 pad=1").window();
    Graph.Builder graph = new Graph.Builder();
    ConvOp.Forward op = new ConvOp.Forward(window, 1, false, Activation.IDENTITY);
    graph.name("y", graph.add("conv", op, graph.input("x"), graph.input("w")));
    Spec spec = Spec.of(leaves).withTuning(tuning);
    String id = Plan.compile(graph.build(), device, spec).numericsIds().get("conv");
    return id.substring(id.lastIndexOf(' ') + 1);
  }

  private Path file() throws IOException {
    try (Stream<Path> files = Files.list(cache.resolve("tuning"))) {
      return files.findFirst().orElseThrow();
    }
  }

  @Test
  void theTableMeasuresNothing() {
    assertEquals("winograd", chosen(Tuning.SHIPPED));
    assertTrue(Files.notExists(cache.resolve("tuning")), "a file was written");
  }

  @Test
  void aChoiceIsRememberedAndFollowed() throws IOException {
    String first = chosen(Tuning.MEASURED);
    assertTrue(List.of("winograd", "blocked").contains(first), first);
    String line = Files.readString(file());
    assertTrue(line.endsWith(" " + first + "\n"), line);
    String other = first.equals("winograd") ? "blocked" : "winograd";
    Files.writeString(file(), line.replace(" " + first + "\n", " " + other + "\n"));
    assertEquals(other, chosen(Tuning.MEASURED), "the remembered kernel");
    assertEquals("winograd", chosen(Tuning.SHIPPED), "the table");
  }

  @Test
  void aDamagedFileIsMeasuredAnew() throws IOException {
    String line;
    chosen(Tuning.MEASURED);
    line = Files.readString(file());
    for (String damaged :
        List.of("", "no tab", "\t", line.replaceAll("\t.*", "\tno such kernel"))) {
      Files.writeString(file(), damaged);
      assertTrue(List.of("winograd", "blocked").contains(chosen(Tuning.MEASURED)), damaged);
      assertTrue(Files.readString(file()).contains(line.substring(0, line.indexOf('\t'))));
    }
  }

  @Test
  void aFolderThatCannotBeWrittenCostsOnlyTime() throws IOException {
    Files.writeString(cache.resolve("tuning"), "a file where the folder should be");
    assertTrue(List.of("winograd", "blocked").contains(chosen(Tuning.MEASURED)));
  }
}
