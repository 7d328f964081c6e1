package org.portafilter.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.Window;

/**
 * Which places of an input a place of an output reads.
 *
 * @param links one per axis of the output, in its order; null where the input has no such axis.
 *     Axes of the input that no link names are read whole, by every place of the output
 */
public record Reach(List<@Nullable Link> links) {
  /** Everything, or nobody knows what. */
  public static final Reach ALL = new Reach(List.of());

  /**
   * Place i of the output's axis reads the {@code extent} places of an axis of the input that begin
   * at {@code first + step * i}, as far as they exist.
   */
  public record Link(int axis, long step, long first, long extent) {
    /** Place i reads place i of this axis. */
    public static Link same(int axis) {
      return new Link(axis, 1, 0, 1);
    }

    /** The rows (axis 2 of an image) that a window covers. */
    public static Link rows(Window window) {
      long extent = window.dilationHeight() * (window.kernelHeight() - 1L) + 1;
      return new Link(2, window.strideHeight(), -window.padTop(), extent);
    }

    /** The columns (axis 3 of an image) that a window covers. */
    public static Link columns(Window window) {
      long extent = window.dilationWidth() * (window.kernelWidth() - 1L) + 1;
      return new Link(3, window.strideWidth(), -window.padLeft(), extent);
    }
  }

  /** Copies the list. */
  public Reach {
    links = Collections.unmodifiableList(new ArrayList<>(links));
  }

  /** Of these links, one per axis. */
  public static Reach of(@Nullable Link... links) {
    return new Reach(Arrays.asList(links));
  }

  /** Each place reads its own, over so many axes. */
  public static Reach same(int rank) {
    List<Link> links = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      links.add(Link.same(axis));
    }
    return new Reach(links);
  }

  /** The link of an axis of the output, or null. */
  public @Nullable Link link(int axis) {
    return axis < links.size() ? links.get(axis) : null;
  }

  /** The same with another link at an axis of the output, which exists. */
  public Reach with(int axis, @Nullable Link link) {
    List<@Nullable Link> changed = new ArrayList<>(links);
    changed.set(axis, link);
    return new Reach(changed);
  }

  /** Whether a place along this axis reads one place of the same axis, perhaps further along. */
  public boolean carries(int axis) {
    Link link = link(axis);
    return link != null && link.axis() == axis && link.step() == 1 && link.extent() == 1;
  }

  /** Whether a place along this axis reads just its own place of the same axis. */
  public boolean keeps(int axis) {
    Link link = link(axis);
    return link != null && link.equals(Link.same(axis));
  }
}
