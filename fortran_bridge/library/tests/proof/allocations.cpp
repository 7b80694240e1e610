#include "allocations.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace proof {

std::atomic<long> allocations_left{-1}, allocations_live{0};

namespace {

void* allocate(std::size_t bytes, std::size_t alignment) {
    if (allocations_left.load() == 0) throw std::bad_alloc();
    if (allocations_left.load() > 0) allocations_left.fetch_sub(1);
    const std::size_t whole = (bytes + alignment - 1) / alignment * alignment;
    void* const memory = alignment > alignof(std::max_align_t) ? std::aligned_alloc(alignment, whole) : std::malloc(bytes);
    if (memory == nullptr) throw std::bad_alloc();
    allocations_live.fetch_add(1);
    return memory;
}

void release(void* memory) noexcept {
    if (memory != nullptr) allocations_live.fetch_sub(1);
    std::free(memory);
}

}  // namespace
}  // namespace proof

using proof::allocate, proof::release;

void* operator new(std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new[](std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) { return allocate(bytes, std::size_t(alignment)); }
void* operator new[](std::size_t bytes, std::align_val_t alignment) { return allocate(bytes, std::size_t(alignment)); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
