# Writes the list of native files that are loaded at run time, in loading order, one line each:
# SHA-256, size, JavaCPP's name of the library, resource path.
#   cmake -DPLATFORM=linux-x86_64 -DPRESETS=DIR -DNATIVES=DIR -P NativesManifest.cmake
# PRESETS and NATIVES hold what the presets' jars and our own contain; the list goes beside our own.
set(entries
  "jnijavacpp|${PRESETS}|org/bytedeco/javacpp/${PLATFORM}/libjnijavacpp.so"
  "gcc_s@.1|${PRESETS}|org/bytedeco/openblas/${PLATFORM}/libgcc_s.so.1"
  "quadmath@.0|${PRESETS}|org/bytedeco/openblas/${PLATFORM}/libquadmath.so.0"
  "gfortran@.5|${PRESETS}|org/bytedeco/openblas/${PLATFORM}/libgfortran.so.5"
  "openblas@.0#openblas_nolapack@.0|${PRESETS}|org/bytedeco/openblas/${PLATFORM}/libopenblas.so.0"
  "portafilter|${NATIVES}|org/portafilter/natives/${PLATFORM}/libportafilter.so"
  "jniKernels|${NATIVES}|org/portafilter/natives/${PLATFORM}/libjniKernels.so")
set(lines "")
foreach(entry IN LISTS entries)
  string(REPLACE "|" ";" fields "${entry}")
  list(GET fields 0 name)
  list(GET fields 1 root)
  list(GET fields 2 resource)
  file(SHA256 "${root}/${resource}" sha256)
  file(SIZE "${root}/${resource}" size)
  string(APPEND lines "${sha256} ${size} ${name} ${resource}\n")
endforeach()
file(WRITE "${NATIVES}/org/portafilter/natives/${PLATFORM}/natives.txt" "${lines}")
