package org.portafilter.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What decides the bits of every step of a plan, compared with that of another run. */
final class Numerics {
  private static final int MOST_NAMED = 3;

  private Numerics() {}

  /** Steps that differ in the same words. */
  private record Group(String first, int count) {
    Group and(Group other) {
      return new Group(first, count + other.count);
    }
  }

  /**
   * What differs, the most frequent first; empty where nothing does.
   *
   * @param then {@code numericsId}s by step, of the run that wrote the checkpoint
   * @param now those of this run
   */
  static List<String> differences(Map<String, String> then, Map<String, String> now) {
    Map<String, Group> groups = new LinkedHashMap<>();
    now.forEach(
        (path, id) -> {
          String before = then.get(path);
          if (before == null) {
            groups.merge("is new", new Group(path, 1), Group::and);
          } else if (!before.equals(id)) {
            groups.merge(difference(before, id), new Group(path, 1), Group::and);
          }
        });
    then.keySet().stream()
        .filter(path -> !now.containsKey(path))
        .forEach(path -> groups.merge("is gone", new Group(path, 1), Group::and));
    List<String> named = new ArrayList<>();
    groups.entrySet().stream()
        .sorted(Comparator.comparing(group -> -group.getValue().count()))
        .limit(MOST_NAMED)
        .forEach(group -> named.add(text(group.getKey(), group.getValue())));
    if (groups.size() > MOST_NAMED) {
      named.add((groups.size() - MOST_NAMED) + " more differences");
    }
    return named;
  }

  private static String text(String difference, Group group) {
    return group.count() == 1
        ? "step " + group.first() + ": " + difference
        : "%s steps such as %s: %s".formatted(group.count(), group.first(), difference);
  }

  /** The words of two ids between what they begin and end with alike. */
  private static String difference(String then, String now) {
    String[] a = then.split(" ");
    String[] b = now.split(" ");
    int least = Math.min(a.length, b.length);
    int before = 0;
    while (before < least && a[before].equals(b[before])) {
      before++;
    }
    int after = 0;
    while (after < least - before && a[a.length - 1 - after].equals(b[b.length - 1 - after])) {
      after++;
    }
    // One word more on the left says what a number is of: "build", "cudnn".
    int from = Math.max(0, before - 1);
    return "was '%s', is '%s'".formatted(words(a, from, after), words(b, from, after));
  }

  private static String words(String[] all, int from, int after) {
    return String.join(" ", Arrays.asList(all).subList(from, all.length - after));
  }
}
