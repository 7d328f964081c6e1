// CUDA's runtime and driver on the host: memory, the stream, graphs, launches. Four attributes above CUDA's own tell
// tests what happened: allocations, graphs launched, pieces of work given to the stream, live allocations.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <map>
#include <mutex>
#include <string>

#include "emulator.h"
#include "stream.h"

Graph* captured = nullptr;

namespace {

constexpr size_t kCapacity = size_t{2} << 30, kAlignment = 256;
constexpr int kCounters = 100000;

// Pinned memory is freed from another thread; CUDA allows that.
std::mutex guard;
std::map<char*, size_t> device, pinned;
size_t used = 0;
int allocations = 0, launched_graphs = 0, calls = 0;

bool is_inside(const std::map<char*, size_t>& pieces, const void* address, size_t bytes) {
  const std::lock_guard<std::mutex> lock(guard);
  char* at = static_cast<char*>(const_cast<void*>(address));
  auto piece = pieces.upper_bound(at);
  if (piece == pieces.begin()) return false;
  --piece;
  return at + bytes <= piece->first + piece->second;
}

void* take(std::map<char*, size_t>& pieces, size_t bytes) {
  const size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  char* memory = static_cast<char*>(aligned_alloc(kAlignment, rounded == 0 ? kAlignment : rounded));
  memset(memory, 0xCD, rounded);  // nobody may count on zeros
  const std::lock_guard<std::mutex> lock(guard);
  pieces[memory] = bytes;
  return memory;
}

bool give(std::map<char*, size_t>& pieces, void* memory) {
  const std::lock_guard<std::mutex> lock(guard);
  auto piece = pieces.find(static_cast<char*>(memory));
  if (piece == pieces.end()) return false;
  pieces.erase(piece);
  free(memory);
  return true;
}

}  // namespace

void enqueue(Work work) {
  if (captured != nullptr) {
    captured->push_back(std::move(work));
  } else {
    calls++;
    work();
  }
}

bool is_device(const void* address, size_t bytes) { return is_inside(device, address, bytes); }

extern "C" {

int cudaGetDeviceCount(int* count) {
  *count = 1;
  return kSuccess;
}

int cudaSetDevice(int gpu) { return gpu == 0 ? kSuccess : kInvalidValue; }

int cudaDeviceGetAttribute(int* value, int which, int) {
  const int live = static_cast<int>(device.size());
  const int counters[] = {allocations, launched_graphs, calls, live};
  *value = which >= kCounters ? counters[which - kCounters] : which == 75 ? 9 : 0;
  return kSuccess;
}

const char* cudaGetErrorString(int status) {
  static std::string text;
  text = "refused on the host with " + std::to_string(status);
  return text.c_str();
}

int cudaGetLastError() { return kSuccess; }

int cudaDriverGetVersion(int* version) {
  *version = 13000;
  return kSuccess;
}

int cudaRuntimeGetVersion(int* version) { return cudaDriverGetVersion(version); }

int cuDeviceGetName(char* name, int length, int) {
  strncpy(name, "none: CUDA on the host", static_cast<size_t>(length));
  return kSuccess;
}

int cudaMemGetInfo(size_t* available, size_t* total) {
  *available = kCapacity - used;
  *total = kCapacity;
  return kSuccess;
}

int cudaMalloc(void** memory, size_t bytes) {
  if (captured != nullptr) return kCaptureUnsupported;
  if (bytes > kCapacity - used) return kOutOfMemory;
  *memory = take(device, bytes);
  used += bytes;
  allocations++;
  return kSuccess;
}

int cudaFree(void* memory) {
  if (captured != nullptr) return kCaptureUnsupported;
  const auto piece = device.find(static_cast<char*>(memory));  // one thread at a time allocates and frees
  if (piece != device.end()) used -= piece->second;
  return give(device, memory) ? kSuccess : kInvalidValue;
}

int cudaHostAlloc(void** memory, size_t bytes, unsigned int) {
  if (captured != nullptr) return kCaptureUnsupported;
  *memory = take(pinned, bytes);
  return kSuccess;
}

int cudaFreeHost(void* memory) { return give(pinned, memory) ? kSuccess : kInvalidValue; }

int cudaStreamCreate(void** stream) {
  static int one;
  *stream = &one;
  return kSuccess;
}

int cudaStreamSynchronize(void*) { return captured != nullptr ? kCaptureUnsupported : kSuccess; }

// Host memory that is not pinned moves while a graph waits.
int cudaMemcpyAsync(void* to, const void* from, size_t bytes, int kind, void*) {
  const void* there = kind == 1 ? to : from;
  const void* here = kind == 1 ? from : to;
  if ((kind != 1 && kind != 2) || !is_device(there, bytes)) return kInvalidValue;
  if (captured != nullptr && !is_inside(pinned, here, bytes)) return kCaptureUnsupported;
  enqueue([=] { memcpy(to, from, bytes); });
  return kSuccess;
}

int cudaMemsetAsync(void* to, int value, size_t bytes, void*) {
  if (!is_device(to, bytes)) return kInvalidValue;
  enqueue([=] { memset(to, value, bytes); });
  return kSuccess;
}

int cudaStreamBeginCapture(void*, int) {
  if (captured != nullptr) return kCaptureImplicit;
  captured = new Graph;
  return kSuccess;
}

int cudaStreamEndCapture(void*, void** graph) {
  if (captured == nullptr) return kInvalidValue;
  *graph = captured;
  captured = nullptr;
  return kSuccess;
}

int cudaGraphInstantiate(void** exec, void* graph, unsigned long long) {
  *exec = new Graph(*static_cast<Graph*>(graph));
  return kSuccess;
}

int cudaGraphDestroy(void* graph) {
  delete static_cast<Graph*>(graph);
  return kSuccess;
}

int cudaGraphExecDestroy(void* exec) {
  if (captured != nullptr) return kCaptureUnsupported;
  delete static_cast<Graph*>(exec);
  return kSuccess;
}

int cudaGraphLaunch(void* exec, void*) {
  if (captured != nullptr) return kCaptureUnsupported;
  for (const Work& work : *static_cast<Graph*>(exec)) work();
  launched_graphs++;
  calls++;
  return kSuccess;
}

int cudaEventCreate(void** event) {
  *event = new timespec{0, 0};
  return kSuccess;
}

int cudaEventDestroy(void* event) {
  delete static_cast<timespec*>(event);
  return kSuccess;
}

int cudaEventRecord(void* event, void*) {
  if (captured != nullptr) return kCaptureUnsupported;
  clock_gettime(CLOCK_MONOTONIC, static_cast<timespec*>(event));
  return kSuccess;
}

int cudaEventElapsedTime(float* milliseconds, void* from, void* to) {
  const timespec a = *static_cast<timespec*>(from), b = *static_cast<timespec*>(to);
  *milliseconds = static_cast<float>(static_cast<double>(b.tv_sec - a.tv_sec) * 1e3 +
                                     static_cast<double>(b.tv_nsec - a.tv_nsec) * 1e-6);
  return kSuccess;
}

// The code is whatever nvrtc.cpp made of the text; the kernels are compiled in.
int cuModuleLoadData(void** module, const void* code) {
  static int one;
  *module = &one;
  return strcmp(static_cast<const char*>(code), "emulated") == 0 ? kSuccess : kInvalidValue;
}

int cuModuleGetFunction(void** function, void*, const char* name) {
  *function = const_cast<EmulatedKernel*>(find_kernel(name));
  return *function == nullptr ? 500 : kSuccess;
}

int cuFuncGetParamInfo(void* function, size_t index, size_t* offset, size_t* size) {
  if (index > 0) return kInvalidValue;
  *offset = 0;
  *size = static_cast<EmulatedKernel*>(function)->bytes;
  return kSuccess;
}

int cuLaunchKernel(void* function, unsigned int x, unsigned int y, unsigned int z, unsigned int threads,
                   unsigned int threads_y, unsigned int threads_z, unsigned int, void*, void** params, void** extra) {
  const EmulatedKernel* kernel = static_cast<EmulatedKernel*>(function);
  const bool possible = x >= 1 && y >= 1 && z >= 1 && x < 1u << 31 && y <= 65535 && z <= 65535;
  if (!possible || threads != emulated_threads() || threads_y != 1 || threads_z != 1 || extra != nullptr) {
    return kInvalidValue;
  }
  const char* bytes = static_cast<const char*>(params[0]);
  std::vector<char> copy(bytes, bytes + kernel->bytes);
  enqueue([=] { run_kernel(*kernel, x, y, z, copy.data()); });
  return kSuccess;
}

}  // extern "C"
