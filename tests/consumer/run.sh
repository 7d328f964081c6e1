#!/bin/sh
# Uses the installed artifacts ("mvn install -DskipTests" before) from a project of its own, copied elsewhere, without a
# compiler on PATH: tests/consumer/run.sh JAVA_HOME...
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$(dirname "$0")/." "$work/project"
mkdir "$work/bin"
for tool in sh env dirname basename uname ls cat expr mvn sed tr grep readlink id rm tty; do
  path=$(command -v "$tool") && ln -s "$path" "$work/bin/$tool"
done
cd "$work/project"
for java_home in "$@"; do
  echo "== $java_home"
  PATH="$work/bin" JAVA_HOME="$java_home" mvn -q -B clean package
  PATH="$work/bin" command -v g++ cmake make && exit 1
  java="$java_home/bin/java"
  echo "class path:"
  PATH="$work/bin" "$java" --enable-native-access=ALL-UNNAMED -cp "target/classes:target/lib/*" consumer.TenSteps 2>&1
  echo "module path:"
  PATH="$work/bin" "$java" --enable-native-access=org.bytedeco.javacpp,org.portafilter.binding \
    -p target/classes:target/lib -m consumer/consumer.TenSteps 2>&1
done
echo "runtime: $(cat target/lib/*.jar | wc -c) bytes in $(ls target/lib | wc -l) jars"
