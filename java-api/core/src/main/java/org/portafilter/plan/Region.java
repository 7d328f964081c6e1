package org.portafilter.plan;

import org.jspecify.annotations.Nullable;

/** A piece of memory that one value, or several in turn, live in. */
final class Region {
  /** Where it lies. */
  enum Kind {
    ARENA,
    STATE,
    SCALAR
  }

  final Kind kind;
  final String path;
  final long bytes;
  final @Nullable String state;
  int first;
  int last;
  long offset = -1;

  private Region(Kind kind, String path, long bytes, @Nullable String state, int first) {
    this.kind = kind;
    this.path = path;
    this.bytes = bytes;
    this.state = state;
    this.first = first;
    this.last = first;
  }

  static Region arena(String path, long bytes, int first) {
    return new Region(Kind.ARENA, path, bytes, null, first);
  }

  static Region state(String path, long bytes) {
    return new Region(Kind.STATE, path, bytes, path, -1);
  }

  static Region scalar(String path, int slot) {
    Region region = new Region(Kind.SCALAR, path, 8, null, -1);
    region.offset = slot * 8L;
    return region;
  }

  void readAt(int step) {
    last = Math.max(last, step);
  }

  boolean overlaps(Region other) {
    return first <= other.last && other.first <= last;
  }
}
