// The one stream of CUDA on the host: work is done at once, or recorded while a graph is captured. What CUDA refuses
// is refused with CUDA's numbers.
#pragma once
#include <stddef.h>

#include <functional>
#include <vector>

constexpr int kSuccess = 0, kInvalidValue = 1, kOutOfMemory = 2, kInvalidHandle = 400, kCaptureUnsupported = 900,
              kCaptureImplicit = 906;

using Work = std::function<void()>;
using Graph = std::vector<Work>;

// The graph that is being captured, or null.
extern Graph* captured;

// Does work, or records it.
void enqueue(Work work);

// Whether all bytes lie in one piece of device memory.
bool is_device(const void* address, size_t bytes);
