package org.portafilter.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Parameters of CUDA kernels go by the names that the kernels' source has for them. */
@Tag("unit")
class ParamsTest {
  private static String refusal(Runnable mistake) {
    return assertThrows(IllegalStateException.class, mistake::run).getMessage();
  }

  @Test
  void fieldsAreInTheSourcesOrder() {
    assertEquals(
        List.of("status", "command", "outer", "row", "from_stride", "to_stride", "from", "to"),
        KernelStructs.of(KernelText.read()).fields("MoveParams"));
    ByteBuffer bytes =
        Params.of("ConvertParams")
            .set("to", 5)
            .set("command", 2)
            .set("from", 4)
            .set("count", 3)
            .set("status", true)
            .bytes();
    for (long expected = 1; expected <= 5; expected++) {
      assertEquals(expected, bytes.getLong());
    }
  }

  @Test
  void whatIsNoFieldOrForgottenIsNamed() {
    assertTrue(refusal(() -> Params.of("NoParams")).contains("no struct NoParams"));
    Params params = Params.of("ConvertParams").set("from", 1);
    String other = refusal(() -> params.set("form", 1));
    assertTrue(other.contains("form of ConvertParams: no such field"), other);
    String twice = refusal(() -> params.set("from", 2));
    assertTrue(twice.contains("from of ConvertParams: set twice"), twice);
    String missing = refusal(params::bytes);
    assertTrue(missing.contains("status of ConvertParams is not set"), missing);
  }
}
