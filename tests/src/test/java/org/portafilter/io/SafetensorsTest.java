package org.portafilter.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.portafilter.device.Device;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Network;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Tensor;

/** Files of other programs: all that the format allows is read, all that it forbids is refused. */
@Tag("unit")
class SafetensorsTest {
  private static final double[] ONE_TO_SIX = {1, 2, 3, 4, 5, 6};

  @TempDir Path folder;

  private static Network network(DType working) {
    return Network.create(Sequential.of(Dense.of(2)), Shape.of(3), Device.cpu(1), 1, working);
  }

  private static String nameInFile(String path) {
    return path.replace("dense1/weights", "fc.weight").replace("dense1/bias", "fc.bias");
  }

  private static StoredFile linear() {
    return new StoredFile()
        .with("fc.weight", "F32", "[2,3]", StoredFile.singles(ONE_TO_SIX))
        .with("fc.bias", "F32", "[2]", StoredFile.singles(7, 8));
  }

  private Safetensors open(byte[] bytes) throws IOException {
    return Safetensors.open(Files.write(folder.resolve("file.safetensors"), bytes));
  }

  private void refused(String word, byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("refused"), bytes);
    String message =
        assertThrows(PortafilterException.class, () -> Safetensors.open(file)).getMessage();
    System.out.println("answer to a forbidden safetensors file:\n    " + message);
    assertTrue(message.startsWith(file + ": "), message);
    assertTrue(message.contains(word), word + " is missing in " + message);
  }

  private void requireLinear(byte[] bytes, String... unused) throws IOException {
    Path file = Files.write(folder.resolve("linear"), bytes);
    for (DType working : List.of(DType.FLOAT32, DType.FLOAT64)) {
      try (Network net = network(working)) {
        ReadWeights report = ModelFile.readMatching(file, net, SafetensorsTest::nameInFile);
        assertEquals(Set.of("dense1/weights", "dense1/bias"), Set.copyOf(report.read()));
        assertEquals(List.of(unused), report.unused());
        assertArrayEquals(ONE_TO_SIX, net.state().get("dense1/weights").doubles());
        assertArrayEquals(new double[] {7, 8}, net.state().get("dense1/bias").doubles());
      }
    }
  }

  @Test
  void tensorsWithoutElementsAreTensors() throws IOException {
    for (String shape : List.of("[0]", "[2,0,3]", "[0,0]", "[4294967296,4294967296,0]")) {
      byte[] last = linear().with("empty", "F32", shape).bytes();
      requireLinear(last, "empty");
      StoredTensor empty = open(last).tensors().get("empty");
      assertEquals(0, empty.end() - empty.begin());
      assertEquals("F32", empty.dtype());
    }
    byte[] first =
        new StoredFile()
            .with("empty", "F64", "[0]")
            .with("other", "U8", "[3,0]")
            .with("fc.weight", "F32", "[2,3]", StoredFile.singles(ONE_TO_SIX))
            .with("between", "I64", "[0]")
            .with("fc.bias", "F32", "[2]", StoredFile.singles(7, 8))
            .turned();
    requireLinear(first, "between", "other", "empty");
    assertEquals(1, open(new StoredFile().with("empty", "F32", "[0]").bytes()).tensors().size());
    assertEquals(0, open(StoredFile.bytes("{}", new byte[0])).tensors().size());
    refused("claims bytes", new StoredFile().with("a", "F32", "[0]", new byte[4]).bytes());
    String inside = "\"hole\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}";
    refused("overlap or leave a gap", linear().withText(inside).bytes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BOOL 1", "I8 1", "U8 1", "F8_E4M3 1", "F8_E5M2 1", "F8_E8M0 1", "I16 2", "U16 2", "F16 2",
        "BF16 2", "I32 4", "U32 4", "I64 8", "U64 8", "C64 8", "F4 0.5", "F6_E2M3 0.75", "NEW9 3"
      })
  void whatNobodyAsksForHarmsNobody(String type) throws IOException {
    String name = type.split(" ")[0];
    double bytes = 4 * Double.parseDouble(type.split(" ")[1]);
    byte[] file = linear().with("mask", name, "[4]", new byte[(int) bytes]).bytes();
    requireLinear(file, "mask");
    Safetensors source = open(file);
    assertEquals("4 " + name, source.tensors().get("mask").toString());
    if (!name.contains("F16")) {
      try (Tensor into = Tensor.allocate(Device.cpu(1), Shape.of(4), DType.FLOAT32)) {
        into.write(1, 2, 3, 4);
        PortafilterException e =
            assertThrows(PortafilterException.class, () -> source.read("mask", into));
        assertTrue(e.getMessage().contains("mask has elements of type " + name), e.getMessage());
        assertArrayEquals(new double[] {1, 2, 3, 4}, into.doubles(), "left as it was");
      }
    }
    if (!name.equals("NEW9")) {
      refused("claims bytes", linear().with("mask", name, "[4]", new byte[50]).bytes());
    }
  }

  @Test
  void whatCannotBeReadIsReportedByItsReason() throws IOException {
    Path file =
        new StoredFile()
            .with("fc.weight", "I8", "[2,3]", new byte[6])
            .with("fc.bias", "F32", "[2]", StoredFile.singles(7, 8))
            .write(folder.resolve("mixed"));
    try (Network net = network(DType.FLOAT32)) {
      ReadWeights report = ModelFile.readMatching(file, net, SafetensorsTest::nameInFile);
      assertEquals(List.of("dense1/weights"), report.mistyped());
      assertEquals(List.of(), report.misshapen());
      Path none =
          new StoredFile().with("fc.bias", "BOOL", "[2]", new byte[2]).write(folder.resolve("no"));
      PortafilterException e =
          assertThrows(
              PortafilterException.class,
              () -> ModelFile.readMatching(none, net, SafetensorsTest::nameInFile));
      assertTrue(e.getMessage().contains("2 BOOL"), e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"F16", "BF16", "F32", "F64"})
  void floatsOfEveryWidthBecomeTheNetworks(String type) throws IOException {
    byte[] weights =
        switch (type) {
          case "F16" -> StoredFile.pairs(0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600);
          case "BF16" -> StoredFile.pairs(0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0);
          case "F32" -> StoredFile.singles(ONE_TO_SIX);
          default -> StoredFile.doubles(ONE_TO_SIX);
        };
    byte[] bias =
        switch (type) {
          case "F16" -> StoredFile.pairs(0x4700, 0x4800);
          case "BF16" -> StoredFile.pairs(0x40e0, 0x4100);
          case "F32" -> StoredFile.singles(7, 8);
          default -> StoredFile.doubles(7, 8);
        };
    StoredFile file =
        new StoredFile()
            .with("fc.weight", type, "[2,3]", weights)
            .with("fc.bias", type, "[2]", bias);
    requireLinear(file.bytes());
    for (DType working : List.of(DType.FLOAT32, DType.FLOAT64)) {
      try (Network net = network(working)) {
        Path written = file.write(folder.resolve("file"));
        ReadWeights report = ModelFile.readMatching(written, net, SafetensorsTest::nameInFile);
        boolean same = type.equals(working.safetensorsName());
        assertEquals(
            same ? List.of() : List.of("dense1/weights", "dense1/bias").stream().sorted().toList(),
            report.converted().stream().map(ReadWeights.Conversion::path).sorted().toList());
        report.converted().forEach(c -> assertTrue(c.toString().contains(type + " -> " + working)));
      }
    }
  }

  private double[] read(String type, DType into, byte[] bytes) throws IOException {
    int count = bytes.length / (type.equals("F64") ? 8 : type.equals("F32") ? 4 : 2);
    Safetensors source = open(new StoredFile().with("x", type, "[" + count + "]", bytes).bytes());
    try (Tensor tensor = Tensor.allocate(Device.cpu(1), Shape.of(count), into)) {
      source.read("x", tensor);
      return tensor.doubles();
    }
  }

  /** Every number of half precision, against the definition of binary16. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void everyHalfIsWidenedExactly(DType into) throws IOException {
    int[] all = new int[1 << 16];
    Arrays.setAll(all, i -> i);
    double[] got = read("F16", into, StoredFile.pairs(all));
    double[] brain = read("BF16", into, StoredFile.pairs(all));
    for (int bits : all) {
      double sign = bits >= 0x8000 ? -1 : 1;
      int exponent = bits >> 10 & 31;
      double fraction = bits & 1023;
      double expected =
          exponent == 31
              ? (fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN)
              : exponent == 0
                  ? sign * Math.scalb(fraction, -24)
                  : sign * Math.scalb(1024 + fraction, exponent - 25);
      assertEquals(expected, got[bits], () -> Integer.toHexString(bits));
      assertEquals(Float.intBitsToFloat(bits << 16), brain[bits], () -> Integer.toHexString(bits));
    }
  }

  @Test
  void doublesAreRoundedToTheNearestEven() throws IOException {
    double tie = 1 + Math.scalb(1.0, -24);
    double[] values = {
      tie,
      1 + 3 * Math.scalb(1.0, -24),
      Math.nextUp(tie),
      0.1,
      -0.0,
      1e-46,
      1e-45,
      Float.MAX_VALUE,
      Double.NaN,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY
    };
    double[] got = read("F64", DType.FLOAT32, StoredFile.doubles(values));
    assertEquals(1, got[0]);
    assertEquals(1 + Math.scalb(1.0, -22), got[1]);
    assertEquals(1 + Math.scalb(1.0, -23), got[2]);
    for (int i = 3; i < values.length; i++) {
      assertEquals((float) values[i], got[i]);
    }
    assertArrayEquals(values, read("F64", DType.FLOAT64, StoredFile.doubles(values)));
  }

  @Test
  void aNumberTooLargeIsNamedAndNothingIsRead() throws IOException {
    Path file =
        new StoredFile()
            .with("fc.bias", "F64", "[2]", StoredFile.doubles(7, 8))
            .with("fc.weight", "F64", "[2,3]", StoredFile.doubles(1, 2, 3, -1e300, 5, 6))
            .write(folder.resolve("large"));
    try (Network net = network(DType.FLOAT32);
        Network wide = network(DType.FLOAT64)) {
      double[] before = net.state().get("dense1/bias").doubles();
      PortafilterException e =
          assertThrows(
              PortafilterException.class,
              () -> ModelFile.readMatching(file, net, SafetensorsTest::nameInFile));
      System.out.println("answer to a number that is too large:\n    " + e.getMessage());
      for (String word : List.of("fc.weight", "-1.0E300", "element 3", "FLOAT32", "FLOAT64")) {
        assertTrue(e.getMessage().contains(word), e.getMessage());
      }
      assertArrayEquals(before, net.state().get("dense1/bias").doubles());
      ModelFile.readMatching(file, wide, SafetensorsTest::nameInFile);
      assertEquals(-1e300, wide.state().get("dense1/weights").doubles()[3]);
    }
  }

  /** More than is converted at a time. */
  @Test
  void longTensorsAreConvertedInParts() throws IOException {
    int count = (1 << 21) + 3;
    int[] bits = new int[count];
    Arrays.setAll(bits, i -> 0x3c00 + i % 1024);
    double[] got = read("F16", DType.FLOAT64, StoredFile.pairs(bits));
    for (int i = 0; i < count; i++) {
      assertEquals(1 + i % 1024 / 1024.0, got[i]);
    }
  }

  /** A model file of ours that another program has narrowed since. */
  @Test
  void aNarrowedModelFileIsRead() throws IOException {
    Path file = folder.resolve("model");
    try (Network net = network(DType.FLOAT32)) {
      net.state().get("dense1/weights").write(ONE_TO_SIX);
      ModelFile.save(net, file);
    }
    Map<String, String> metadata = Safetensors.open(file).metadata();
    StoredFile narrowed = new StoredFile();
    com.google.gson.JsonObject texts = new com.google.gson.JsonObject();
    metadata.forEach(texts::addProperty);
    narrowed.withText("\"__metadata__\":" + texts);
    narrowed.with(
        "dense1/weights",
        "F16",
        "[2,3]",
        StoredFile.pairs(0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600));
    narrowed.with("dense1/bias", "F64", "[2]", StoredFile.doubles(0, 0));
    try (Network net = ModelFile.load(narrowed.write(file), Device.cpu(1));
        var session = net.session(1)) {
      assertEquals(DType.FLOAT32, net.state().get("dense1/weights").dtype());
      assertArrayEquals(new float[] {1, 4}, session.predict(new float[] {1, 0, 0}));
    }
  }

  @Test
  void headersMayHoldWhatTheFormatAllows() throws IOException {
    byte[] data = StoredFile.singles(9);
    String entry = "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}";
    for (String header :
        List.of(
            "{" + entry + "}",
            "{" + entry + "}       ",
            "{ \n" + entry + "\t}",
            "{\"__metadata__\":{\"format\":\"pt\",\"\":\"\"}," + entry + "}",
            "{" + entry + ",\"__metadata__\":{}}",
            "{\"\\u0061\":{\"data_offsets\":[0,4],\"shape\":[1,1,1,1,1,1,1,1,1,1],"
                + "\"dtype\":\"F32\",\"later\":{\"x\":[1]}}}")) {
      assertEquals(Set.of("a"), open(StoredFile.bytes(header, data)).tensors().keySet(), header);
    }
    try (Tensor scalar = Tensor.allocate(Device.cpu(1), Shape.of(), DType.FLOAT32)) {
      open(StoredFile.bytes("{" + entry + "}", data)).read("a", scalar);
      assertArrayEquals(new float[] {9}, scalar.floats());
    }
    requireLinear(linear().turned());
  }

  @Test
  void headersThatTheFormatForbidsAreRefused() throws IOException {
    byte[] data = StoredFile.singles(9);
    String entry = "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
    for (Map.Entry<String, String> header :
        Map.ofEntries(
                Map.entry(" {" + entry + "}", "begin with {"),
                Map.entry("{" + entry + "} x", "not the JSON"),
                Map.entry("{" + entry + "}{}", "not the JSON"),
                Map.entry("{" + entry + "," + entry + "}", "two tensors a"),
                Map.entry("{'a':{\"dtype\":\"F32\"}}", "not the JSON"),
                Map.entry("{" + entry + ",}", "not the JSON"),
                Map.entry("{" + entry, "not the JSON"),
                Map.entry("{" + entry + ",\"__metadata__\":{\"x\":1}}", "x is a NUMBER"),
                Map.entry("{" + entry + ",\"__metadata__\":{\"x\":{}}}", "x is a BEGIN_OBJECT"),
                Map.entry("{" + entry + ",\"__metadata__\":{\"x\":null}}", "x is a NULL"),
                Map.entry("{" + entry + ",\"__metadata__\":[]}", "not the JSON"),
                Map.entry("{\"__metadata__\":{}," + entry + ",\"__metadata__\":{}}", "twice"),
                Map.entry(entry.replace("[1]", "[1.0]"), "whole"),
                Map.entry(entry.replace("[1]", "[\"1\"]"), "whole"),
                Map.entry(entry.replace("[1]", "[-1]"), "whole"),
                Map.entry(entry.replace("[1]", "[1e0]"), "whole"),
                Map.entry(entry.replace("[1]", "[9223372036854775808]"), "not the JSON"),
                Map.entry(entry.replace("[1]", "[4611686018427387904,4]"), "claims bytes"),
                Map.entry(entry.replace("[0,4]", "[0,4,4]"), "3 data_offsets"),
                Map.entry(entry.replace("[0,4]", "[4,0]"), "claims bytes"),
                Map.entry(entry.replace("[0,4]", "[0,8]"), "claims bytes"),
                Map.entry(entry.replace("\"F32\"", "32"), "no text"),
                Map.entry(entry.replace("\"dtype\":\"F32\",", ""), "lacks"),
                Map.entry(entry.replace("\"shape\"", "\"dtype\":\"F32\",\"shape\""), "twice"))
            .entrySet()) {
      String text = header.getKey();
      String whole = text.startsWith("\"a\"") ? "{" + text + "}" : text;
      refused(header.getValue(), StoredFile.bytes(whole, data));
    }
    refused("cover 4 bytes, it has 8", StoredFile.bytes("{" + entry + "}", new byte[8]));
    byte[] noText = StoredFile.bytes("{" + entry + "}", data);
    noText[10] = (byte) 0xff;
    refused("UTF-8", noText);
  }

  @Test
  void theLargestHeaderIsReadAndALargerOneRefused() throws IOException {
    int most = 100_000_000;
    for (int bytes : new int[] {most, most + 1}) {
      Path file = folder.resolve("long");
      String begin = "{\"__metadata__\":{\"x\":\"";
      try (var out = Files.newOutputStream(file)) {
        out.write(StoredFile.bytes("", new byte[0]), 0, 0);
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        out.write(length.putLong(0, bytes).array());
        out.write(begin.getBytes(StandardCharsets.UTF_8));
        byte[] some = "x".repeat(bytes - begin.length() - 3).getBytes(StandardCharsets.UTF_8);
        out.write(some);
        out.write("\"}}".getBytes(StandardCharsets.UTF_8));
      }
      if (bytes == most) {
        assertEquals(
            most - begin.length() - 3, Safetensors.open(file).metadata().get("x").length());
      } else {
        PortafilterException e =
            assertThrows(PortafilterException.class, () -> Safetensors.open(file));
        assertTrue(e.getMessage().contains("the format allows 100000000"), e.getMessage());
      }
      Files.delete(file);
    }
  }

  @Test
  void whatIsNoFileIsNamed() {
    for (Path path : List.of(folder, Path.of("/dev/null"))) {
      PortafilterException e =
          assertThrows(PortafilterException.class, () -> Safetensors.open(path));
      assertTrue(e.getMessage().startsWith(path + ": is "), e.getMessage());
    }
  }

  @Test
  void anInterruptedReadSaysSo() throws IOException {
    Path file = linear().write(folder.resolve("file"));
    Thread.currentThread().interrupt();
    try {
      PortafilterException e =
          assertThrows(PortafilterException.class, () -> Safetensors.open(file));
      assertTrue(e.getMessage().contains("the thread was interrupted"), e.getMessage());
    } finally {
      assertTrue(Thread.interrupted(), "the thread stays interrupted");
    }
  }
}
