// Zeroed memory aligned to cache lines.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace paramnet::native {

class Memory {
public:
    Memory() = default;
    explicit Memory(std::size_t bytes)  // throws std::bad_alloc
        : data_(static_cast<std::byte*>(::operator new(bytes, alignment))) {
        std::memset(data_.get(), 0, bytes);
    }

    std::byte* data() const { return data_.get(); }

private:
    static constexpr std::align_val_t alignment{64};
    struct Delete {
        void operator()(std::byte* data) const noexcept { ::operator delete(data, alignment); }
    };
    std::unique_ptr<std::byte, Delete> data_;
};

constexpr std::size_t whole_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace paramnet::native
