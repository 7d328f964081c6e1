package org.portafilter.unit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who may import whom: the table of ARCHITECTURE.md. */
@Tag("unit")
class RoomsTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(
              "org.portafilter.shape",
              "org.portafilter.graph",
              "org.portafilter.device",
              "org.portafilter.tensor",
              "org.portafilter.plan",
              "org.portafilter.init",
              "org.portafilter.nn",
              "org.portafilter.loss",
              "org.portafilter.optim",
              "org.portafilter.optim.schedule",
              "org.portafilter.metric",
              "org.portafilter.data",
              "org.portafilter.io",
              "org.portafilter.zoo",
              "org.portafilter.train",
              "org.portafilter.view",
              "org.portafilter.onnx",
              "org.portafilter.binding");

  private static final List<String> ROOMS =
      List.of(
          "shape",
          "graph",
          "device",
          "device.cpu",
          "device.cuda",
          "tensor",
          "plan",
          "init",
          "nn",
          "loss",
          "optim",
          "optim.schedule",
          "metric",
          "data",
          "io",
          "zoo",
          "train",
          "view",
          "onnx",
          "binding");

  /** Each room and the rooms below it that it may see. */
  private static Map<String, List<String>> allowed() {
    Map<String, List<String>> allowed = new LinkedHashMap<>();
    allowed.put("shape", List.of());
    allowed.put("graph", List.of("shape"));
    allowed.put("device", List.of("graph", "shape", "binding"));
    allowed.put("device.cpu", List.of("device", "graph", "shape", "binding"));
    allowed.put("device.cuda", List.of("device", "graph", "shape"));
    allowed.put("tensor", List.of("device", "graph", "shape"));
    allowed.put("plan", List.of("tensor", "device", "graph", "shape"));
    allowed.put("init", List.of("tensor", "device", "graph", "shape"));
    List<String> underNn = List.of("plan", "init", "data", "tensor", "device", "graph", "shape");
    allowed.put("nn", underNn);
    List<String> underLoss =
        List.of("nn", "plan", "init", "data", "tensor", "device", "graph", "shape");
    allowed.put("loss", underLoss);
    allowed.put("optim", underLoss);
    allowed.put("optim.schedule", List.of("shape"));
    allowed.put("metric", underLoss);
    allowed.put("zoo", underLoss);
    allowed.put("data", List.of("tensor", "device", "graph", "shape"));
    allowed.put("io", List.of("nn", "data", "plan", "init", "tensor", "device", "graph", "shape"));
    allowed.put(
        "train",
        List.of(
            "loss",
            "optim",
            "optim.schedule",
            "metric",
            "data",
            "io",
            "nn",
            "plan",
            "init",
            "tensor",
            "device",
            "graph",
            "shape"));
    List<String> underView = new ArrayList<>(allowed.get("train"));
    underView.add("train");
    allowed.put("view", underView);
    List<String> underOnnx = new ArrayList<>(allowed.get("io"));
    underOnnx.add("io");
    allowed.put("onnx", underOnnx);
    allowed.put("binding", List.of());
    return allowed;
  }

  @Test
  void importsPointDown() {
    allowed()
        .forEach(
            (room, below) -> {
              for (String other : ROOMS) {
                if (!other.equals(room) && !below.contains(other)) {
                  noClasses()
                      .that()
                      .resideInAPackage("org.portafilter." + room)
                      .should()
                      .dependOnClassesThat()
                      .resideInAPackage("org.portafilter." + other)
                      .check(CLASSES);
                }
              }
            });
  }

  @Test
  void thereIsNoCycle() {
    slices().matching("org.portafilter.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyDevicesKnowJavaCpp() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "org.portafilter.device.cpu", "org.portafilter.device.cuda", "org.portafilter.binding")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .check(CLASSES);
  }

  @Test
  void onlyTheCudaDeviceKnowsCuda() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.portafilter.device.cuda")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco.cuda..")
        .check(CLASSES);
  }

  @Test
  void onlyPicturesNeedTheDesktop() {
    noClasses()
        .that()
        .resideOutsideOfPackages("org.portafilter.view", "org.portafilter.data")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.awt..", "javax.imageio..", "org.knowm..")
        .check(CLASSES);
  }
}
