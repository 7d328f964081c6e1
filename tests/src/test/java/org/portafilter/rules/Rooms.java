package org.portafilter.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The table of rooms in ARCHITECTURE.md, which is the one list of them. */
final class Rooms {
  static final Path ROOT = Path.of(System.getProperty("portafilter.root"));

  /** The generated binding is for those that name it, and for nobody through them. */
  static final String BINDING = "binding";

  private static final Pattern ROW = Pattern.compile("^\\| (`.*`) \\| (.*) \\| (.*) \\|$");
  private static final Pattern NAME = Pattern.compile("`([a-z.]+)`");

  private final Map<String, Set<String>> imports = new LinkedHashMap<>();
  private final List<String> inside = new ArrayList<>();

  private Rooms(List<String> lines) {
    for (String line : lines.subList(lines.indexOf("## Rooms"), lines.indexOf("## Contracts"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        Matcher name = NAME.matcher(row.group(1));
        while (name.find()) {
          imports.put(name.group(1), new LinkedHashSet<>(List.of(row.group(3).split(", "))));
          if (row.group(2).contains("not exported")) {
            inside.add(name.group(1));
          }
        }
      }
    }
  }

  static Rooms read() {
    try {
      return new Rooms(Files.readAllLines(ROOT.resolve("ARCHITECTURE.md")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All rooms, lowest first. */
  List<String> names() {
    return List.copyOf(imports.keySet());
  }

  /** Those that other modules see. */
  List<String> exported() {
    return names().stream().filter(name -> !inside.contains(name)).toList();
  }

  /** The arrows a room has in its row, to rooms and the binding. */
  Set<String> imports(String room) {
    Set<String> rooms = new LinkedHashSet<>(imports.get(room));
    rooms.removeIf(name -> !imports.containsKey(name) && !name.equals(BINDING));
    return rooms;
  }

  /** What a room may use: its row's imports and, through them, theirs. */
  Set<String> below(String room) {
    Set<String> below = new LinkedHashSet<>();
    for (String next : imports(room)) {
      below.add(next);
      if (imports.containsKey(next)) {
        Set<String> theirs = below(next);
        theirs.remove(BINDING);
        below.addAll(theirs);
      }
    }
    return below;
  }
}
