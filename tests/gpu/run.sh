#!/usr/bin/env bash
# Runs Portafilter on the GPU of this machine, from the folder that pack.sh made.
#   run.sh doctor    what is there
#   run.sh suite     the device's tests: kernels against oracles, layers, plans, sessions
#   run.sh train     LeNet on MNIST, in TF32, bfloat16, float16 and strict float32; then the model on the CPU
#   run.sh compare   steps and inference beside the PyTorch of this machine's python3
#   run.sh layers    where ResNet-50's time goes, and how far each layer is from the machine's floor
#   run.sh sanitize  our kernels under compute-sanitizer; not part of all
#   run.sh           all but sanitize
# PORTAFILTER_OPTIONS are given to Java. CUDA, cuDNN and cuBLAS come from LD_LIBRARY_PATH, or from the packages of python3.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=${PORTAFILTER_WORK:-/tmp/portafilter-gpu}
[ -d "$work/runtime" ] || { mkdir -p "$work" && tar -C "$work" -xJf "$here/portafilter.tar.xz"; }

packages=$(python3 - <<'PY' 2>/dev/null || true
import glob, os, sysconfig
folders = set()
for site in {sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]}:
    for library in glob.glob(os.path.join(site, "nvidia", "**", "lib*.so*"), recursive=True):
        folders.add(os.path.dirname(library))
print(":".join(sorted(folders)))
PY
)
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$packages"
java=$work/runtime/bin/java
jars=$(ls "$work"/lib/*.jar | grep -v console-standalone | tr '\n' ':')
options="-Xmx8g -Dportafilter.device=cuda ${PORTAFILTER_OPTIONS:-}"

doctor() { "$java" -cp "$jars" org.portafilter.cli.Main doctor; }

suite() {
  "$java" $options -jar "$work"/lib/junit-platform-console-standalone-*.jar execute --disable-banner \
    --class-path "$work/tests/classes:$jars" --include-tag 'kernel | plan | layer | answer | cuda' --exclude-tag cpu \
    --select-package org.portafilter.kernel --select-package org.portafilter.plan \
    --select-package org.portafilter.nn --select-package org.portafilter.cuda \
    --select-class org.portafilter.answers.TrainingAnswersTest \
    --include-engine junit-jupiter --exclude-classname '.*Properties' --details summary
}

train() {
  for mode in "" --bfloat16 --float16 --strict; do
    "$java" $options -cp "$jars" org.portafilter.cli.Main train lenet --data "$work/mnist" --device cuda \
      --epochs 5 --batch 64 $mode --save "$work/lenet$mode.safetensors"
    "$java" $options -cp "$jars" org.portafilter.cli.Main evaluate --model "$work/lenet$mode.safetensors" \
      --data "$work/mnist" --device cuda --against cpu
  done
}

nets() { "$java" $options -cp "$work/benchmarks:$jars" org.portafilter.benchmarks.Main cuda-nets "$@"; }

compare() {
  nets "lenet train 64 tf32" "resnet20 train 128 tf32" "resnet50 infer 1 tf32" "resnet50 infer 1 bf16" \
    "resnet18 train 256 tf32" "resnet18 train 256 bf16" "vgg16 train 64 tf32" "vgg16 train 64 bf16" \
    "resnet50 train 256 tf32" "resnet50 train 256 bf16" "resnet50 train 256 float32" | tee "$work/ours.txt"
  python3 "$work/compare.py" "$work/ours.txt"
}

# Bad accesses and unwritten reads of our own kernels, where the tool works on this machine.
sanitize() {
  compute-sanitizer --tool memcheck --error-exitcode 3 "$java" $options -Dportafilter.shapes.largest=3000 \
    -jar "$work"/lib/junit-platform-console-standalone-*.jar execute --disable-banner \
    --class-path "$work/tests/classes:$jars" --include-engine junit-jupiter --include-tag kernel --exclude-tag cpu \
    --select-class org.portafilter.kernel.NormKernelTest --select-class org.portafilter.kernel.PoolKernelTest \
    --select-class org.portafilter.kernel.PointwiseKernelTest --select-class org.portafilter.kernel.ReduceKernelTest \
    --select-class org.portafilter.kernel.SoftmaxKernelTest --details summary
}

layers() { nets --layers "resnet50 train 256 tf32" "resnet50 train 256 bf16"; }

if [ $# -eq 0 ]; then set -- doctor suite train compare layers; fi
for part in "$@"; do
  echo "== $part"
  "$part" || echo "== $part ended with $?"
done
