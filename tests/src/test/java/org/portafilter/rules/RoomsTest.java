package org.portafilter.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who may import whom: the table of ARCHITECTURE.md, which the modules and the picture follow. */
@Tag("unit")
class RoomsTest {
  private static final Rooms ROOMS = Rooms.read();

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(
              Stream.concat(ROOMS.names().stream(), Stream.of(Rooms.BINDING))
                  .map(room -> "org.portafilter." + room)
                  .toList());

  @Test
  void importsPointDown() {
    assertTrue(ROOMS.names().size() > 15, "rooms: " + ROOMS.names());
    List<String> all = new ArrayList<>(ROOMS.names());
    all.add(Rooms.BINDING);
    for (String room : ROOMS.names()) {
      Set<String> below = ROOMS.below(room);
      for (String other : all) {
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
    }
  }

  /** A room that the table lacks would be ruled by nobody. */
  @Test
  void everyPackageIsARoom() throws IOException {
    Set<String> packages = new TreeSet<>();
    Set<String> exports = new TreeSet<>();
    Pattern export = Pattern.compile("exports org\\.portafilter\\.([a-z.]+);");
    for (String module : List.of("core", "cuda", "onnx", "view")) {
      Path sources = Rooms.ROOT.resolve("java-api/" + module + "/src/main/java");
      try (Stream<Path> files = Files.walk(sources.resolve("org/portafilter"))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .map(file -> sources.resolve("org/portafilter").relativize(file.getParent()))
            .forEach(folder -> packages.add(folder.toString().replace('/', '.')));
      }
      Matcher matcher = export.matcher(Files.readString(sources.resolve("module-info.java")));
      while (matcher.find()) {
        exports.add(matcher.group(1));
      }
    }
    assertEquals(packages, new TreeSet<>(ROOMS.names()));
    assertEquals(exports, new TreeSet<>(ROOMS.exported()));
  }

  /** The picture has the table's arrows. */
  @Test
  void thePictureIsTheTable() throws IOException {
    String dot = Files.readString(Rooms.ROOT.resolve("docs/rooms.dot"));
    Map<String, String> rooms = new HashMap<>();
    Matcher label = Pattern.compile("(\\w+) \\[[^\\]]*label=\"([a-z.]+)(?=\"|\\\\n)").matcher(dot);
    while (label.find()) {
      rooms.put(label.group(1), label.group(2));
    }
    Set<String> drawn = new TreeSet<>();
    Matcher arrow = Pattern.compile("(\\w+) -> (\\w+|\\{[^}]*\\})").matcher(dot);
    while (arrow.find()) {
      for (String to : arrow.group(2).replaceAll("[{}]", "").split(" ")) {
        String from = arrow.group(1);
        drawn.add(rooms.getOrDefault(from, from) + " -> " + rooms.getOrDefault(to, to));
      }
    }
    Set<String> table = new TreeSet<>();
    for (String room : ROOMS.names()) {
      ROOMS.imports(room).forEach(below -> table.add(room + " -> " + below));
    }
    drawn.removeIf(text -> !ROOMS.names().contains(text.split(" -> ")[0]));
    drawn.removeIf(text -> text.contains("nvidia"));
    assertEquals(table, drawn);
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
