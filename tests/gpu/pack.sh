#!/usr/bin/env bash
# Packs all that a machine with a GPU needs, without Java and without a registry: a runtime, our jars, the native
# libraries that are used, the tests, MNIST where it is given. After `mvn install -DskipTests`:
#   tests/gpu/pack.sh FOLDER [MNIST_FOLDER]
# FOLDER then holds one archive and run.sh; it is less than 60 MB. There: FOLDER/run.sh, see its first lines.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:?usage: pack.sh FOLDER [MNIST_FOLDER]}
mnist=${2:-}
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

jlink --add-modules java.base,java.logging,java.management,java.naming,java.sql,java.xml,jdk.unsupported \
  --strip-debug --no-header-files --no-man-pages --output "$stage/runtime"

mkdir -p "$stage/lib" "$stage/tests"
copy() { mvn -q -B dependency:copy -Dartifact="$1" -DoutputDirectory="$stage/lib"; }
junit=$(sed -n 's:.*<junit.platform.version>\(.*\)</junit.platform.version>.*:\1:p' "$root/pom.xml")
copy "org.junit.platform:junit-platform-console-standalone:$junit"
(cd "$root" && mvn -q -B dependency:copy-dependencies -pl tests -DoutputDirectory="$stage/all" \
  -DincludeScope=test -DexcludeGroupIds=com.microsoft.onnxruntime)
for jar in portafilter-0 portafilter-native portafilter-cuda portafilter-cli portafilter-view openblas javacpp \
  cuda gson picocli jspecify; do
  cp "$stage"/all/$jar*.jar "$stage/lib/"
done
rm -rf "$stage/all"
cp "$root"/tests/target/portafilter-tests-*.jar "$stage/lib/"
cp "$root/benchmarks/target/classes" -r "$stage/benchmarks"
cp "$root"/tests/target/test-classes -r "$stage/tests/classes"

# Of the presets only what is loaded.
(cd "$stage/lib" &&
  zip -q -d openblas-*linux-x86_64.jar '*libjniopenblas*' &&
  for library in npp cufft cupti curand cusolver cusparse nvml nvblas nvcomp cufile nvjpeg; do
    zip -q -d cuda-*linux-x86_64.jar "*libjni$library*" || true
  done)
[ -z "$mnist" ] || cp -r "$mnist" "$stage/mnist"
cp "$root/tests/gpu/compare.py" "$stage/"

mkdir -p "$folder"
tar -C "$stage" -cJf "$folder/portafilter.tar.xz" .
cp "$root/tests/gpu/run.sh" "$folder/"
du -sh "$folder"
