package org.portafilter.device.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;

/** A kernel's parameter struct, filled by its fields' names; each field has eight bytes. */
final class Params {
  private static final KernelStructs STRUCTS = KernelStructs.of(KernelText.read());

  private final String struct;
  private final List<String> fields;
  private final ByteBuffer bytes;
  private final BitSet filled = new BitSet();

  private Params(String struct) {
    this.struct = struct;
    this.fields = STRUCTS.fields(struct);
    this.bytes = ByteBuffer.allocate(8 * fields.size()).order(ByteOrder.nativeOrder());
  }

  /** An empty struct of this name in the kernels' source. */
  static Params of(String struct) {
    return new Params(struct);
  }

  /** An address or an integer. */
  Params set(String field, long value) {
    bytes.putLong(8 * place(field), value);
    return this;
  }

  /** A flag: 1 or 0. */
  Params set(String field, boolean value) {
    return set(field, value ? 1L : 0L);
  }

  /** A real number. */
  Params set(String field, double value) {
    bytes.putDouble(8 * place(field), value);
    return this;
  }

  /** Fields that this kernel has no use for: 0. */
  Params none(String... fields) {
    for (String field : fields) {
      set(field, 0L);
    }
    return this;
  }

  private int place(String field) {
    int place = fields.indexOf(field);
    if (place < 0 || filled.get(place)) {
      throw new IllegalStateException(
          "%s of %s: %s; its fields are %s"
              .formatted(field, struct, place < 0 ? "no such field" : "set twice", fields));
    }
    filled.set(place);
    return place;
  }

  /** The struct, of which every field is set. */
  ByteBuffer bytes() {
    int missing = filled.nextClearBit(0);
    if (missing < fields.size()) {
      throw new IllegalStateException(fields.get(missing) + " of " + struct + " is not set");
    }
    return bytes.duplicate().order(ByteOrder.nativeOrder());
  }
}
