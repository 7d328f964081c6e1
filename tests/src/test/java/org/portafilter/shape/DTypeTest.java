package org.portafilter.shape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Elements of every type come back as they were stored. */
@Tag("unit")
class DTypeTest {
  @ParameterizedTest
  @EnumSource(
      names = {"BFLOAT16", "FLOAT16"},
      mode = EnumSource.Mode.EXCLUDE)
  void elementsComeBack(DType type) {
    ByteBuffer values = ByteBuffer.allocate(3 * type.bytes()).order(ByteOrder.nativeOrder());
    for (int i = 0; i < 3; i++) {
      type.put(values, i, 200.75 + i);
    }
    for (int i = 0; i < 3; i++) {
      assertEquals(type.isFloat() ? 200.75 + i : 200 + i, type.get(values, i));
    }
    assertEquals(0, values.position());
    assertThrows(IndexOutOfBoundsException.class, () -> type.put(values, 3, 0));
  }

  @ParameterizedTest
  @EnumSource(names = {"BFLOAT16", "FLOAT16"})
  void whatIsInsidePlansAloneIsRefused(DType type) {
    ByteBuffer values = ByteBuffer.allocate(8);
    for (Runnable wrong :
        new Runnable[] {() -> type.get(values, 0), () -> type.put(values, 0, 1)}) {
      var refused = assertThrows(PortafilterException.class, wrong::run);
      assertTrue(refused.getMessage().contains("use FLOAT32"), refused.getMessage());
    }
  }
}
