package org.portafilter.train;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.portafilter.graph.OpName;

/**
 * An object in words that are the same in every JVM: records by their components, other objects by
 * a {@code toString} of their own, objects without fields by their class. A lambda has no such
 * words, nor has an object whose fields nothing names.
 *
 * @param text the words, or what is known where there are none
 * @param nameless what in the object has no words; null where all of it has
 */
record Words(String text, @Nullable String nameless) {
  /**
   * What {@code Object.toString} gives away: a class and a hash that the next JVM will not have.
   */
  private static final Pattern IDENTITY = Pattern.compile("[\\w$;]@[0-9a-f]{3,8}(?!\\w)");

  private static final String OWN = "org.portafilter.";

  /** The words of an object and of all that it holds. */
  static Words of(@Nullable Object value) {
    if (value == null) {
      return new Words("null", null);
    }
    if (value instanceof Enum<?> constant) {
      return new Words(constant.name(), null);
    }
    if (value instanceof String || value instanceof Number || value instanceof Boolean) {
      return new Words(value.toString(), null);
    }
    if (value.getClass().isArray()) {
      List<Words> items = new ArrayList<>();
      for (int i = 0; i < Array.getLength(value); i++) {
        items.add(of(Array.get(value, i)));
      }
      return joined("[", items, "]");
    }
    if (value instanceof Collection<?> items) {
      boolean ordered =
          !(items instanceof Set) || items instanceof SortedSet || items instanceof LinkedHashSet;
      return joined("[", inOrder(items.stream().map(Words::of).toList(), ordered), "]");
    }
    if (value instanceof Map<?, ?> map) {
      boolean ordered = map instanceof SortedMap || map instanceof LinkedHashMap;
      List<Words> entries = new ArrayList<>();
      map.forEach((key, item) -> entries.add(joined("", List.of(of(key), of(item)), "")));
      return joined("{", inOrder(entries, ordered), "}");
    }
    return value instanceof Record parts ? record(parts) : object(value);
  }

  /** Sets and maps without an order of their own come in that of their words. */
  private static List<Words> inOrder(List<Words> items, boolean ordered) {
    return ordered ? items : items.stream().sorted(Comparator.comparing(Words::text)).toList();
  }

  private static Words joined(String before, List<Words> items, String after) {
    String text = String.join(", ", items.stream().map(Words::text).toList());
    String nameless = null;
    for (Words item : items) {
      nameless = nameless == null ? item.nameless : nameless;
    }
    return new Words(before + text + after, nameless);
  }

  private static Words record(Record value) {
    List<Words> parts = new ArrayList<>();
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      Words part = component(value, component.getAccessor());
      if (part == null) {
        return object(value);
      }
      parts.add(new Words(component.getName() + "=" + part.text, part.nameless));
    }
    Words all = joined(name(value.getClass()) + "[", parts, "]");
    return all.nameless == null || ownWords(value) == null ? all : object(value);
  }

  /** Null where the record's module keeps it to itself. */
  private static @Nullable Words component(Record value, Method accessor) {
    try {
      accessor.setAccessible(true);
      return of(accessor.invoke(value));
    } catch (IllegalAccessException | InvocationTargetException | InaccessibleObjectException e) {
      return null;
    }
  }

  private static Words object(Object value) {
    Class<?> type = value.getClass();
    String own = ownWords(value);
    if (own != null) {
      return new Words(own, null);
    }
    String name = type.getName();
    if (type.isHidden() || type.isSynthetic()) {
      String lambda = "a lambda in " + name.replaceFirst("\\$\\$Lambda.*", "");
      return new Words(lambda, lambda);
    }
    if (type.isAnonymousClass()) {
      String anonymous = "an anonymous class in " + name.replaceFirst("\\$[^$]*$", "");
      return new Words(anonymous, anonymous);
    }
    return new Words(
        name(type), hasFields(type) ? "a " + name + " without toString() of its own" : null);
  }

  /** What an overriding {@code toString} says, unless it gives identities away. */
  private static @Nullable String ownWords(Object value) {
    try {
      if (value.getClass().getMethod("toString").getDeclaringClass() == Object.class) {
        return null;
      }
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("every object has toString", e);
    }
    String text = String.valueOf(value);
    return IDENTITY.matcher(text).find() ? null : text;
  }

  private static boolean hasFields(Class<?> type) {
    for (Class<?> at = type; at != null; at = at.getSuperclass()) {
      for (Field field : at.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          return true;
        }
      }
    }
    return false;
  }

  /** An op goes by its name in files, as checkpoints of the first release have it. */
  private static String name(Class<?> type) {
    OpName op = type.getAnnotation(OpName.class);
    if (op != null) {
      return op.value() + "Op";
    }
    return type.getName().startsWith(OWN) ? type.getSimpleName() : type.getName();
  }
}
