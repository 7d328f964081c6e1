#!/bin/sh
# Fuzzes one reader with Jazzer, coverage-guided: tests/fuzz.sh Idx|Cifar|Safetensors|Image|Checkpoint SECONDS
# Needs the project built once with "mvn install -DskipTests". Findings and the corpus stay in tests/target/fuzz.
set -eu
reader=$1
seconds=$2
cd "$(dirname "$0")"
out=target/fuzz/$reader
jazzer=$(sed -n 's:.*<jazzer.version>\(.*\)</jazzer.version>.*:\1:p' ../pom.xml)
mkdir -p "$out/corpus"
test -f target/fuzz/classpath.txt || {
  mvn -q -B dependency:build-classpath -DincludeScope=test -Dmdep.outputFile=target/fuzz/classpath.txt
  for artifact in jazzer jazzer-api; do
    mvn -q -B dependency:copy -Dartifact=com.code-intelligence:$artifact:$jazzer -DoutputDirectory=target/fuzz
  done
}
classpath=target/test-classes:target/classes:$(cat target/fuzz/classpath.txt)
java -cp "$classpath" org.portafilter.fuzz.SeedCorpus target/fuzz/seeds
exec java -Xmx1g -Dportafilter.maxImagePixels=1000000 -cp "$classpath:target/fuzz/jazzer-$jazzer.jar:target/fuzz/jazzer-api-$jazzer.jar" com.code_intelligence.jazzer.Jazzer \
  --target_class="org.portafilter.fuzz.${reader}Fuzzer" \
  '--instrumentation_includes=org.portafilter.**:com.google.gson.**:javax.imageio.**:com.sun.imageio.**' \
  --reproducer_path="$out" -artifact_prefix="$out/" -max_total_time="$seconds" -max_len=65536 \
  -rss_limit_mb=3000 -timeout=20 "$out/corpus" "target/fuzz/seeds/$reader"
