// Scratch memory in a few slots, each reused once its value is no longer read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "backends/native/memory.hpp"

namespace paramnet::native {

class Slots {
public:
    // A free slot for N bytes per column: the smallest that is large enough, otherwise the largest, extended.
    std::size_t take(std::int64_t bytes_per_column) {
        std::size_t best = slots_.size();
        for (std::size_t slot = 0; slot < slots_.size(); ++slot)
            if (slots_[slot].free && (best == slots_.size() || better(slots_[slot].size, slots_[best].size, bytes_per_column)))
                best = slot;
        if (best == slots_.size()) slots_.push_back({});
        Slot& slot = slots_[best];
        slot.free = false;
        if (slot.size < bytes_per_column) slot.size = bytes_per_column;
        return best;
    }

    void give_back(std::size_t slot) { slots_[slot].free = true; }

    // Bytes of all slots per column.
    std::int64_t size() const {
        std::int64_t total = 0;
        for (const Slot& slot : slots_) total += slot.size;
        return total;
    }

    // Start of each slot in bytes, for the given number of columns; the last entry is the end of all slots.
    std::vector<std::int64_t> offsets(std::int64_t columns) const {
        std::vector<std::int64_t> result{0};
        for (const Slot& slot : slots_) {
            const auto bytes = whole_lines(static_cast<std::size_t>(slot.size * columns));
            result.push_back(result.back() + static_cast<std::int64_t>(bytes));
        }
        return result;
    }

private:
    struct Slot {
        std::int64_t size = 0;
        bool free = false;
    };

    static bool better(std::int64_t size, std::int64_t best, std::int64_t wanted) {
        const bool fits = size >= wanted, best_fits = best >= wanted;
        if (fits != best_fits) return fits;
        return fits ? size < best : size > best;
    }

    std::vector<Slot> slots_;
};

}  // namespace paramnet::native
