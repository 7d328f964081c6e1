"""Lists the tensors of a safetensors file, from the published format alone: python3 read_model.py FILE."""
import json, struct, sys

with open(sys.argv[1], "rb") as file:
    header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    start = file.tell()
    for name, tensor in sorted((n, t) for n, t in header.items() if n != "__metadata__"):
        begin, end = tensor["data_offsets"]
        file.seek(start + begin)
        first = struct.unpack("<f", file.read(4))[0]
        print(name, tensor["dtype"], "x".join(map(str, tensor["shape"])), end - begin, "bytes, first", first)
